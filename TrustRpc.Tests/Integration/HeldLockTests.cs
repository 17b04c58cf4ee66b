using System.Collections;
using System.Diagnostics.Tracing;
using TrustRpc.Connections;
using TrustRpc.Management;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration;

/// <summary>No code of a program's runs under a lock of the library's: whatever it waits for on another thread goes on.</summary>
public sealed class HeldLockTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("trustrpc-test-");
    private readonly OtherThread _other = new();

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Another_thread_may_close_a_connection_that_is_saying_goodbye()
    {
        using DuplexPair pair = DuplexPair.Create();
        RpcConnection connection = null!;
        connection = Connect(pair.First, () => _other.Does(() => _ = connection.CloseAsync()));
        connection.Start();

        Task closing = connection.CloseAsync();

        _other.AssertCameBack();
        connection.Abort();
        await closing.InTime();
    }

    [Theory]
    [InlineData(SameClientIdPolicy.Reject)]
    [InlineData(SameClientIdPolicy.Replace)]
    public async Task Another_thread_may_hear_of_a_client_while_a_second_connection_of_it_is_turned_away(SameClientIdPolicy policy)
    {
        using DuplexPair first = DuplexPair.Create();
        using DuplexPair second = DuplexPair.Create();
        ManagementOptions options = new() { Heartbeat = TimeSpan.Zero };
        await using ClientSaver saver = new(options, new MemoryClientStore(), _ => { });
        ClientDirectory directory = new(saver, new EventHub(options), policy, TimeProvider.System);
        RpcConnection there = Connect(first.First, () => { }, new DateTimeOffset(2020, 1, 2, 0, 0, 0, TimeSpan.Zero));
        RpcConnection late = Connect(second.First, () => _other.Does(() => directory.Heard("peer")), new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero));
        directory.Add(there);

        directory.Add(late);

        _other.AssertCameBack();
        there.Abort();
        late.Abort();
    }

    [Theory]
    [InlineData("Advice")]
    [InlineData("Listening")]
    public async Task Another_thread_may_use_a_server_while_the_log_is_told_that_it_begins(string said)
    {
        string name = $"server {Guid.NewGuid():N}";
        await using RpcServer server = new(new RpcServerOptions { Name = name, TrustId = new TrustId(TrustId.Generate().ExportSecretText(), ".env", [$"The .env of {name} can be read by others."]) });
        using Log log = new(said, name, () => _other.Does(() =>
        {
            _ = server.Endpoints;
            server.StartAsync("tcp://127.0.0.1:0").Wait();
        }));

        await server.StartAsync("tcp://127.0.0.1:0").InTime();

        _other.AssertCameBack();
        Assert.Equal(2, server.Endpoints.Count);
    }

    [Fact]
    public void Another_thread_may_describe_methods_that_are_being_described()
    {
        RpcServices services = null!;
        services = new RpcServices
        {
            Title = () =>
            {
                _other.Does(() => services.Describe());
                return "a title";
            },
        };

        services.Describe();

        _other.AssertCameBack();
    }

    [Fact]
    public async Task Another_thread_may_use_a_store_while_somebody_is_told_what_was_repaired()
    {
        string path = Path.Combine(_directory.FullName, "clients.jsonl");
        await File.WriteAllTextAsync(path, "half a line");
        FileClientStore store = null!;
        store = new FileClientStore(path, _ => _other.Does(() => store.SaveAsync([]).AsTask().Wait()));

        await store.OpenAsync();

        _other.AssertCameBack();
        await store.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Another_thread_may_use_a_store_while_what_it_is_to_save_or_remove_is_enumerated(bool inFile)
    {
        await using IClientStore store = inFile ? new FileClientStore(Path.Combine(_directory.FullName, "clients.jsonl")) : new MemoryClientStore();
        await store.OpenAsync();
        OtherThread removing = new();

        await store.SaveAsync(new Collection<KnownClient>(() => _other.Does(Use)));
        await store.RemoveAsync(new Collection<string>(() => removing.Does(Use)));

        _other.AssertCameBack();
        removing.AssertCameBack();

        void Use()
        {
            store.SaveAsync([]).AsTask().Wait();
            store.FindAsync("somebody").AsTask().Wait();
        }
    }

    [Fact]
    public async Task Another_thread_may_add_management_to_its_server_while_one_does_so_to_another()
    {
        await using RpcServer server = new(new RpcServerOptions { TrustId = TrustId.Generate() });
        await using RpcServer other = new(new RpcServerOptions { TrustId = TrustId.Generate() });

        server.AddManagement(new ManagementOptions { TimeProvider = new Clock(() => _other.Does(() => other.AddManagement())) });

        _other.AssertCameBack();
        Assert.Throws<InvalidOperationException>(() => server.AddManagement());
    }

    private static RpcConnection Connect(Stream stream, Action saysGoodbye, DateTimeOffset connectedAt = default)
        => new(new Link(stream, saysGoodbye), new RpcPeer { Id = "peer", Name = "peer", Session = new string('0', 32), ConnectedAt = connectedAt }, new RpcServices(), new ConnectionSettings { MaxFrame = 4096, MaxCalls = 4 });

    /// <summary>Whoever is to do something while code of the program's waits for it; asked for once.</summary>
    private sealed class OtherThread
    {
        private int _asked;
        private bool _cameBack;

        public void Does(Action act)
        {
            if (Interlocked.Exchange(ref _asked, 1) != 0) return;
            _cameBack = Patience.OnOwnThread(() =>
            {
                act();
                return true;
            }).Wait(Patience.Limit);
        }

        public void AssertCameBack()
        {
            Assert.Equal(1, _asked);
            Assert.True(_cameBack, "The other thread was held up.");
        }
    }

    private sealed class Link(Stream stream, Action saysGoodbye) : IConnectionLink
    {
        public Stream Stream => stream;

        public Func<TimeSpan, TimeSpan>? Patience { get; set; }

        public ValueTask EndWritingAsync()
        {
            saysGoodbye();
            return default;
        }

        public void Abort() => stream.Dispose();

        public ValueTask DisposeAsync() => stream.DisposeAsync();
    }

    private sealed class Log(string name, string text, Action told) : EventListener
    {
        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "TrustRpc") EnableEvents(eventSource, EventLevel.Informational);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.EventName == name && eventData.Payload!.Any(part => $"{part}".Contains(text, StringComparison.Ordinal))) told();
        }
    }

    private sealed class Collection<T>(Action enumerated) : IReadOnlyCollection<T>
    {
        public int Count => 0;

        public IEnumerator<T> GetEnumerator()
        {
            enumerated();
            yield break;
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private sealed class Clock(Action makesTimer) : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            makesTimer();
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }
}
