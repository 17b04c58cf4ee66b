using System.Collections;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using TrustRpc.Connections;
using TrustRpc.Streams;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Hostile;

/// <summary>The rows of <c>docs/LIMITS.md</c> that no test of the protocol's sentences goes over.</summary>
public sealed class LimitTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly Specimen _methods = new();
    private readonly RpcServices _services = new();

    public LimitTests() => _services.Add(_methods);

    [Fact]
    public async Task As_many_cancellations_as_are_allowed_pass_every_second_and_one_more_ends_the_connection()
    {
        using var pair = DuplexPair.Create();
        Start(pair.First, new() { MaxFrame = 4096, MaxCalls = 64, MaxCancellationsPerSecond = 3, Time = _time });
        RawPeer peer = new(pair.Second);
        string cancellation = RawPeer.Notification("$/cancelRequest", """{"id":77}""");

        await peer.SendAsync(cancellation, cancellation, cancellation);
        await peer.CallAsync(1, "rpc.ping");
        _time.Advance(TimeSpan.FromSeconds(1));
        await peer.SendAsync(cancellation, cancellation, cancellation);
        await peer.CallAsync(2, "rpc.ping");
        await peer.SendAsync(cancellation);

        await peer.ExpectGoAwayAndEndAsync("limit");
    }

    [Fact]
    public async Task New_calls_of_a_peer_that_does_not_read_are_refused_beyond_the_output_that_may_wait()
    {
        using var pair = DuplexPair.Create(capacity: 64);
        RpcConnection connection = Start(pair.First, new() { MaxFrame = 4096, MaxCalls = 64, MaxQueuedOutput = 500 });
        RawPeer peer = new(pair.Second);

        Task asking = peer.SendAsync(RawPeer.Request(1, "Long", "[600]"));
        await Patience.UntilAsync(() => connection.Residue.Unsent > 500);
        await asking;
        await peer.SendAsync(RawPeer.Request(2, "Add", "[1,2]"));
        await Patience.UntilAsync(() => pair.First.Available == 0);

        Assert.Equal("1", (await peer.ReceiveAsync()).GetProperty("id").GetRawText());
        Assert.Equal((-32013, "2"), await CodeAndIdAsync(peer));
        Assert.Equal("3", await peer.CallAsync(3, "Add", "[1,2]"));
        await connection.DisposeAsync();
    }

    [Fact]
    public async Task Notifications_to_a_peer_that_does_not_read_are_refused_beyond_the_output_that_may_wait()
    {
        using var pair = DuplexPair.Create(capacity: 64);
        RpcConnection connection = Start(pair.First, new() { MaxFrame = 4096, MaxCalls = 64, MaxQueuedOutput = 500 });
        RawPeer peer = new(pair.Second);

        int sent = 0;
        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(async () =>
        {
            for (; sent < 100; sent++) await connection.NotifyAsync("note", [sent]);
        });
        Assert.Equal(RpcErrorCode.ResourceExhausted, e.Code);
        Assert.InRange(connection.Residue.Unsent, 500, 1000);
        for (int i = 0; i < sent; i++) Assert.Equal($"[{i}]", (await peer.ReceiveAsync()).GetProperty("params").GetRawText());
        await connection.NotifyAsync("note", ["again"]);

        Assert.Equal("""["again"]""", (await peer.ReceiveAsync()).GetProperty("params").GetRawText());
        connection.Abort();
    }

    [Fact]
    public async Task A_call_with_one_sequence_too_many_among_its_arguments_is_not_sent_and_says_so()
    {
        using var pair = DuplexPair.Create();
        ConnectionSettings settings = new() { MaxFrame = 4096, MaxCalls = 64, Streams = new StreamLimits(1, 1, 1024) };
        RpcConnection caller = Start(pair.First, settings);
        RpcServices services = new RpcServices().Add("take", async (IAsyncEnumerable<int> items, CancellationToken token) => await Task.Delay(Timeout.Infinite, token));
        RpcConnection callee = StreamConnection.Create(pair.Second, services, settings);
        callee.Start();
        using CancellationTokenSource given = new();

        Task first = caller.CallAsync("take", [Numbers()], given.Token).AsTask();
        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => caller.CallAsync("take", [Numbers()]).InTime());
        Assert.Equal(RpcErrorCode.ResourceExhausted, e.Code);
        Assert.Contains("not executed", e.Message, StringComparison.Ordinal);

        await given.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.InTime());
        await Patience.UntilAsync(() => caller.Residue is { Sent: 0, Produced: 0 });
        await caller.DisposeAsync();
        await callee.Closed.InTime();
    }

    [Fact]
    public async Task A_call_whose_sequence_meets_the_end_of_the_connection_says_that_it_was_not_sent()
    {
        using var pair = DuplexPair.Create();
        RpcConnection connection = Start(pair.First, new() { MaxFrame = 4096, MaxCalls = 64 });
        connection.Streams.Producers.EndAll(StreamEnd.Drained);

        RpcConnectionException e = await Assert.ThrowsAsync<RpcConnectionException>(() => connection.CallAsync("take", [Numbers()]).InTime());

        Assert.False(e.MayHaveBeenExecuted);
        Assert.Equal(0, connection.Residue.Sent);
        connection.Abort();
    }

    [Fact]
    public async Task A_connection_beyond_those_that_may_be_unproven_is_closed_without_a_byte_and_leaving_makes_room()
    {
        RpcServerOptions options = new() { TrustId = TrustPair.Secret, MaxUnauthenticatedConnections = 2, HandshakeTimeout = TimeSpan.FromMinutes(5) };
        await using RpcServer server = new(options);
        await server.StartAsync("tcp://127.0.0.1:0");
        int port = server.Endpoints[0].Port;

        using Socket first = await ConnectAsync(port);
        using Socket second = await ConnectAsync(port);
        await ExpectEndAsync(port);
        first.Close();

        await ExpectRoomAsync(server);
    }

    [Fact]
    public async Task A_connection_beyond_those_of_one_address_is_closed_without_a_byte_and_other_addresses_are_served()
    {
        RpcServerOptions options = new() { TrustId = TrustPair.Secret, MaxUnauthenticatedConnectionsPerAddress = 1, HandshakeTimeout = TimeSpan.FromMinutes(5) };
        await using RpcServer server = new(options);
        await server.StartAsync("tcp://127.0.0.1:0");
        int port = server.Endpoints[0].Port;

        using Socket first = await ConnectAsync(port);
        await ExpectEndAsync(port);
        if (OperatingSystem.IsLinux())
        {
            using Socket elsewhere = await ConnectAsync(port, from: IPAddress.Parse("127.0.0.2"));
            await using NetworkStream stream = new(elsewhere);
            TrustClientOptions client = new() { TrustId = TrustPair.Secret };
            await using TrustStream trusted = await TrustStream.AuthenticateAsClientAsync(stream, client).InTime();
        }

        first.Close();
        await ExpectRoomAsync(server);
    }

    [Fact]
    public async Task Clients_that_are_let_into_the_handshake_for_the_last_place_do_not_all_get_it()
    {
        await using RpcServer server = new(new RpcServerOptions { TrustId = TrustPair.Secret, MaxConnections = 1 });
        server.Services.Add("add", (int a, int b) => a + b);
        (DuplexStream ours, DuplexStream theirs) = DuplexPair.Create();
        HeldBack slow = new(ours);
        Task<RpcConnection> accepting = server.AcceptAsync(theirs);
        Task<RpcClient> connecting = RpcClient.ConnectAsync(slow.Stream, new RpcClientOptions { TrustId = TrustPair.Secret });
        await slow.IsLetIn.InTime();

        RpcClient quick = await MeetAsync(server);
        slow.GoOn();
        await using RpcClient late = await connecting.InTime();
        RpcException e = await Assert.ThrowsAnyAsync<RpcException>(() => late.CallAsync<int>("add", [1, 2]).InTime());

        Assert.Equal(RpcErrorCode.Unavailable, e.Code);
        Assert.NotEqual(true, (e as RpcConnectionException)?.MayHaveBeenExecuted);
        Assert.Contains("which is its limit", await (await accepting.InTime()).Closed.InTime(), StringComparison.Ordinal);
        Assert.Contains("which is its limit", await late.Closed.InTime(), StringComparison.Ordinal);
        Assert.Equal(3, await quick.CallAsync<int>("add", [1, 2]).InTime());
        Assert.Single(server.Connections);

        await quick.DisposeAsync();
        await Patience.UntilAsync(() => server.Connections.Count == 0);
        await (await MeetAsync(server)).DisposeAsync();
    }

    [Fact]
    public async Task Those_that_are_turned_away_after_the_handshake_count_as_in_the_handshake_until_they_have_gone()
    {
        await using RpcServer server = new(new RpcServerOptions
        {
            TrustId = TrustPair.Secret,
            MaxConnections = 1,
            MaxUnauthenticatedConnections = 1,
            HandshakeTimeout = TimeSpan.FromMinutes(5),
            TimeProvider = _time,
        });
        server.Services.Add("add", (int a, int b) => a + b);
        await server.StartAsync("tcp://127.0.0.1:0");
        int port = server.Endpoints[0].Port;
        using Socket socket = await ConnectAsync(port);
        await using NetworkStream stream = new(socket);
        HeldBack slow = new(stream);
        Task<TrustStream> proving = TrustStream.AuthenticateAsClientAsync(slow.Stream, new TrustClientOptions { TrustId = TrustPair.Secret });
        await slow.IsLetIn.InTime();
        await using RpcClient quick = await MeetAsync(server);

        slow.GoOn();
        await using TrustStream mute = await proving.InTime();
        await ExpectEndAsync(port);
        await ExpectEndAsync(port);
        Assert.Single(server.Connections);
        Task leaving = mute.CopyToAsync(Stream.Null);
        await _time.WhenDueAfter(TimeSpan.FromSeconds(2));
        _time.Advance(TimeSpan.FromSeconds(2));
        await leaving.InTime();

        await quick.DisposeAsync();
        await ExpectRoomAsync(server);
    }

    [Fact]
    public async Task A_client_that_is_let_into_the_handshake_before_the_server_stops_is_told_that_it_does()
    {
        ConcurrentQueue<string> seen = [];
        RpcServer server = new(new RpcServerOptions { TrustId = TrustPair.Secret });
        server.ClientConnected += (_, _) => seen.Enqueue("connected");
        server.Stopped += (_, _) => seen.Enqueue("stopped");
        server.Services.Add("add", (int a, int b) => a + b);
        (DuplexStream ours, DuplexStream theirs) = DuplexPair.Create();
        HeldBack slow = new(ours);
        Task<RpcConnection> accepting = server.AcceptAsync(theirs);
        Task<RpcClient> connecting = RpcClient.ConnectAsync(slow.Stream, new RpcClientOptions { TrustId = TrustPair.Secret });
        await slow.IsLetIn.InTime();

        await server.StopAsync().InTime();
        slow.GoOn();
        await using RpcClient late = await connecting.InTime();
        RpcException e = await Assert.ThrowsAnyAsync<RpcException>(() => late.CallAsync<int>("add", [1, 2]).InTime());

        Assert.NotEqual(true, (e as RpcConnectionException)?.MayHaveBeenExecuted);
        Assert.Contains("The server is stopping", await late.Closed.InTime(), StringComparison.Ordinal);
        Assert.True((await accepting.InTime()).Closed.IsCompleted);
        Assert.Equal(["stopped"], seen);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => server.AcceptAsync(theirs).InTime());
    }

    [Fact]
    public async Task A_server_that_is_stopped_while_it_begins_to_listen_listens_nowhere()
    {
        RpcServer server = new(new RpcServerOptions { TrustId = TrustPair.Secret });
        StopsMeanwhile endpoints = new(server, RpcEndpoint.Parse("tcp://127.0.0.1:0"));

        await Assert.ThrowsAsync<ObjectDisposedException>(() => server.StartAsync(endpoints).InTime());

        Assert.Empty(server.Endpoints);
        await server.StopAsync().InTime();
    }

    private static async Task<RpcClient> MeetAsync(RpcServer server)
    {
        (DuplexStream ours, DuplexStream theirs) = DuplexPair.Create();
        Task<RpcConnection> accepting = server.AcceptAsync(theirs);
        RpcClient client = await RpcClient.ConnectAsync(ours, new RpcClientOptions { TrustId = TrustPair.Secret }).InTime();
        await accepting.InTime();
        return client;
    }

    private static async Task<Socket> ConnectAsync(int port, IPAddress? from = null)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (from is not null) socket.Bind(new IPEndPoint(from, 0));
        await socket.ConnectAsync(IPAddress.Loopback, port).InTime();
        return socket;
    }

    private static async Task ExpectEndAsync(int port)
    {
        using Socket socket = await ConnectAsync(port);
        try
        {
            Assert.Equal(0, await socket.ReceiveAsync(new byte[1]).InTime());
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Closed as well, and as silently.
        }
    }

    /// <summary>The server learns in its own time that somebody has left: until then a client is closed like the others.</summary>
    private static async Task ExpectRoomAsync(RpcServer server)
    {
        DateTime end = DateTime.UtcNow + Patience.Limit;
        while (true)
        {
            try
            {
                await using RpcClient client = await RpcClient.ConnectAsync(server.Endpoints[0], new RpcClientOptions { TrustId = TrustPair.Secret }).InTime();
                return;
            }
            catch (RpcException) when (DateTime.UtcNow < end)
            {
            }
        }
    }

    private static async Task<(int Code, string Id)> CodeAndIdAsync(RawPeer peer)
    {
        (int code, string id, _) = await peer.ReceiveErrorAsync();
        return (code, id);
    }

    private static async IAsyncEnumerable<int> Numbers()
    {
        await Task.Yield();
        yield return 1;
    }

    private RpcConnection Start(Stream stream, ConnectionSettings settings)
    {
        RpcConnection connection = StreamConnection.Create(stream, _services, settings);
        connection.Start();
        return connection;
    }

    /// <summary>A client's stream on which it holds its second proof back: it has been let into the handshake, which is not over.</summary>
    private sealed class HeldBack
    {
        private readonly TaskCompletionSource _isLetIn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _writes;

        public HeldBack(Stream inner) => Stream = new ChoppyStream(inner) { BeforeWrite = _ => _writes++ == 0 ? Task.CompletedTask : Hold() };

        public Stream Stream { get; }

        public Task IsLetIn => _isLetIn.Task;

        public void GoOn() => _goOn.SetResult();

        private Task Hold()
        {
            _isLetIn.TrySetResult();
            return _goOn.Task;
        }
    }

    /// <summary>Endpoints of which the first has been bound when the server is stopped.</summary>
    private sealed class StopsMeanwhile(RpcServer server, RpcEndpoint first) : IReadOnlyList<RpcEndpoint>
    {
        public int Count => 1;

        public RpcEndpoint this[int index] => first;

        public IEnumerator<RpcEndpoint> GetEnumerator()
        {
            yield return first;
            server.StopAsync().InTime().GetAwaiter().GetResult();
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
