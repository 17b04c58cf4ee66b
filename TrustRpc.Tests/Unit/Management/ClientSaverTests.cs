using TrustRpc.Management;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Management;

public sealed class ClientSaverTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly List<Exception> _reported = [];

    [Fact]
    public async Task What_waits_for_a_store_that_fails_is_bounded_and_whoever_is_connected_is_among_it()
    {
        const int passing = 30_000;
        RecordingStore store = new() { Fails = true };
        await using ClientSaver saver = Open(store, mostKnown: 10_000);
        for (int i = 0; i < passing; i++)
        {
            saver.Save(Client($"~{i}"), soon: true);
            saver.Remove($"~{i}");
            saver.Save(Client($"{i}"), soon: true);
            saver.Save(Client($"{i}", online: false), soon: true);
        }

        saver.Save(Client("stays"), soon: true);
        await Assert.ThrowsAsync<IOException>(() => saver.FindAsync("stays", CancellationToken.None).InTime());

        store.Fails = false;

        Assert.NotNull(await saver.FindAsync("stays", CancellationToken.None).InTime());
        Assert.InRange(store.Changes, 10_000, 10_001);
    }

    [Fact]
    public async Task Whoever_leaves_when_too_much_waits_for_a_store_is_gone_for_it_once_it_saves_again()
    {
        const int passing = 55_000;
        RecordingStore store = new();
        await using ClientSaver saver = Open(store, mostKnown: 50_000);
        foreach (string uuid in (string[])["stays", "leaves", "~leaves"])
            saver.Save(Client(uuid), soon: true);
        await saver.FindAsync("stays", CancellationToken.None).InTime();
        store.Fails = true;
        for (int i = 0; i < passing; i++)
            saver.Remove($"{i}");

        saver.Save(Client("leaves", online: false), soon: true);
        saver.Remove("~leaves");
        saver.Save(Client("comes"), soon: true);
        store.Fails = false;
        ClientPage online = await saver.ListAsync(new ClientQuery { Online = true }, CancellationToken.None).InTime();

        Assert.Equal(["comes", "stays"], online.Clients.Select(client => client.Uuid));
        Assert.False((await saver.FindAsync("leaves", CancellationToken.None).InTime())!.Online);
        Assert.Null(await saver.FindAsync("~leaves", CancellationToken.None).InTime());
    }

    [Fact]
    public async Task Whoever_is_told_that_a_store_fails_may_wait_for_what_another_thread_reads()
    {
        RecordingStore store = new() { Fails = true };
        bool cameBack = false;
        ClientSaver saver = null!;
        saver = new ClientSaver(new ManagementOptions { TimeProvider = _clock }, store, _ =>
        {
            store.Fails = false;
            cameBack = Patience.OnOwnThread(() => saver.FindAsync("1", CancellationToken.None).AsTask().Wait(Patience.Limit)).GetAwaiter().GetResult();
        });
        saver.Save(Client("1"), soon: false);

        await Assert.ThrowsAsync<IOException>(() => saver.FindAsync("1", CancellationToken.None).InTime());

        Assert.True(cameBack, "The other thread was held up.");
        await saver.DisposeAsync();
    }

    [Fact]
    public async Task A_store_that_hangs_is_waited_for_no_longer_than_the_option_says()
    {
        RecordingStore store = new() { Hangs = true };
        ClientSaver saver = Open(store, closeTimeout: TimeSpan.FromSeconds(15));
        saver.Save(Client("1"), soon: true);

        Task closing = saver.DisposeAsync().AsTask();
        await _clock.WhenDueAfter(TimeSpan.FromSeconds(15)).InTime();
        _clock.Advance(TimeSpan.FromSeconds(15));
        TimeoutException e = await Assert.ThrowsAsync<TimeoutException>(() => closing.InTime());

        Assert.Contains("not saved and closed within 15 s", e.Message, StringComparison.Ordinal);
        await store.GivenUp.Task.InTime();
        Assert.Empty(_reported);
    }

    [Fact]
    public async Task Whoever_reads_waits_for_a_store_that_hangs_while_it_saves_no_longer_than_its_token_says()
    {
        RecordingStore store = new();
        ClientSaver saver = Open(store, closeTimeout: TimeSpan.FromSeconds(15));
        await saver.Opened.InTime();
        store.HangsAsItSaves = true;
        saver.Save(Client("1"), soon: false);
        using CancellationTokenSource enough = new();

        Task<KnownClient?> reading = saver.FindAsync("1", enough.Token).AsTask();
        await store.Saving.Task.InTime();
        await enough.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.InTime());
        store.Released.SetResult();
        await saver.DisposeAsync().InTime();
        Assert.Equal(1, store.Changes);
        Assert.Empty(_reported);
    }

    [Fact]
    public async Task A_store_that_could_not_be_opened_is_tried_again_with_every_change()
    {
        RecordingStore store = new() { Fails = true };
        await using ClientSaver saver = Open(store);
        await Assert.ThrowsAsync<IOException>(() => saver.Opened.InTime());
        saver.Save(Client("1"), soon: true);
        await Patience.UntilAsync(() => store.Opened == 2);
        store.Fails = false;

        saver.Save(Client("2"), soon: true);

        await Patience.UntilAsync(() => store.Changes == 2);
    }

    [Fact]
    public async Task What_fails_is_tried_again_after_some_seconds()
    {
        RecordingStore store = new() { Fails = true };
        await using ClientSaver saver = Open(store);
        await Assert.ThrowsAsync<IOException>(() => saver.Opened.InTime());
        saver.Save(Client("1"), soon: false);
        store.Fails = false;

        _clock.Advance(TimeSpan.FromSeconds(5));

        await Patience.UntilAsync(() => store.Changes == 1);
        Assert.IsType<IOException>(Assert.Single(_reported));
    }

    [Fact]
    public async Task A_mere_sign_of_life_waits_for_others_and_no_longer_than_the_option_says()
    {
        RecordingStore store = new();
        await using ClientSaver saver = Open(store);
        await saver.Opened.InTime();

        saver.Save(Client("1"), soon: false);
        saver.Save(Client("2"), soon: false);
        _clock.Advance(TimeSpan.FromSeconds(0.9));
        int before = store.Changes;
        _clock.Advance(TimeSpan.FromSeconds(0.1));

        await Patience.UntilAsync(() => store.Changes == 2);
        Assert.Equal((0, 1), (before, store.Batches));
    }

    private static KnownClient Client(string uuid, bool online = true) => ClientStoreContract.Client(uuid, uuid, online);

    private ClientSaver Open(RecordingStore store, int mostKnown = 5, TimeSpan? closeTimeout = null)
    {
        ManagementOptions options = new() { TimeProvider = _clock, MaxKnownClients = mostKnown, StoreCloseTimeout = closeTimeout ?? Timeout.InfiniteTimeSpan };
        ClientSaver saver = new(options.Checked(), store, _reported.Add);
        saver.Open();
        return saver;
    }

    private sealed class RecordingStore : IClientStore
    {
        private readonly MemoryClientStore _store = new();

        public volatile bool Fails;

        public bool Hangs { get; init; }

        public TaskCompletionSource GivenUp { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public volatile bool HangsAsItSaves;

        public TaskCompletionSource Saving { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Released { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Opened { get; private set; }

        public int Changes { get; private set; }

        public int Batches { get; private set; }

        public async ValueTask OpenAsync(CancellationToken cancellationToken = default)
        {
            Opened++;
            Check();
            if (Hangs)
            {
                try
                {
                    await Task.Delay(Timeout.Infinite, cancellationToken);
                }
                finally
                {
                    GivenUp.TrySetResult();
                }
            }

            await _store.OpenAsync(cancellationToken);
        }

        public async ValueTask SaveAsync(IReadOnlyCollection<KnownClient> clients, CancellationToken cancellationToken = default)
        {
            Check();
            if (HangsAsItSaves)
            {
                Saving.TrySetResult();
                await Released.Task;
            }

            Batches++;
            Changes += clients.Count;
            await _store.SaveAsync(clients, cancellationToken);
        }

        public ValueTask RemoveAsync(IReadOnlyCollection<string> uuids, CancellationToken cancellationToken = default)
        {
            Check();
            Changes += uuids.Count;
            return _store.RemoveAsync(uuids, cancellationToken);
        }

        public ValueTask<KnownClient?> FindAsync(string uuid, CancellationToken cancellationToken = default) => _store.FindAsync(uuid, cancellationToken);

        public ValueTask<ClientPage> ListAsync(ClientQuery query, CancellationToken cancellationToken = default) => _store.ListAsync(query, cancellationToken);

        public ValueTask<IReadOnlyList<KnownClient>> ListLongestGoneAsync(int count, CancellationToken cancellationToken = default) => _store.ListLongestGoneAsync(count, cancellationToken);

        public ValueTask DisposeAsync() => _store.DisposeAsync();

        private void Check()
        {
            if (Fails)
                throw new IOException("not yet");
        }
    }
}
