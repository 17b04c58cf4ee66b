using System.Collections;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Hostile;

/// <summary>The places that a server has, for those who prove themselves and for those who have: none too many are taken, and none is lost.</summary>
public sealed class ServerPlaceTests
{
    private readonly ManualTimeProvider _time = new();

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
        await using RpcServer server = new(new RpcServerOptions { TrustId = TrustPair.Secret, MaxConnections = 1, TimeProvider = _time });
        server.Services.Add("add", (int a, int b) => a + b);
        SlowClient slow = await SlowClient.ConnectAsync(server);

        RpcClient quick = await MeetAsync(server);
        await using RpcClient late = await slow.GoOnAsync();
        RpcException e = await Assert.ThrowsAnyAsync<RpcException>(() => late.CallAsync<int>("add", [1, 2]).InTime());

        Assert.Equal(RpcErrorCode.Unavailable, e.Code);
        Assert.NotEqual(true, (e as RpcConnectionException)?.MayHaveBeenExecuted);
        Assert.Contains("as many connections as it takes", await (await slow.Accepting.InTime()).Closed.InTime(), StringComparison.Ordinal);
        Assert.Contains("as many connections as it takes", await late.Closed.InTime(), StringComparison.Ordinal);
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
        RpcServer server = new(new RpcServerOptions { TrustId = TrustPair.Secret, TimeProvider = _time });
        server.ClientConnected += (_, _) => seen.Enqueue("connected");
        server.Stopped += (_, _) => seen.Enqueue("stopped");
        server.Services.Add("add", (int a, int b) => a + b);
        SlowClient slow = await SlowClient.ConnectAsync(server);

        await server.StopAsync().InTime();
        await using RpcClient late = await slow.GoOnAsync();

        RpcException e = await Assert.ThrowsAnyAsync<RpcException>(() => late.CallAsync<int>("add", [1, 2]).InTime());
        Assert.NotEqual(true, (e as RpcConnectionException)?.MayHaveBeenExecuted);
        Assert.Contains("The server is stopping", await late.Closed.InTime(), StringComparison.Ordinal);
        Assert.True((await slow.Accepting.InTime()).Closed.IsCompleted);
        Assert.Equal(["stopped"], seen);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => server.AcceptAsync(Stream.Null).InTime());
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

    /// <summary>A client that the server has let into the handshake, which is not over until it goes on.</summary>
    private sealed class SlowClient
    {
        private readonly HeldBack _stream;
        private readonly Task<RpcClient> _connecting;

        private SlowClient(RpcServer server)
        {
            (DuplexStream ours, DuplexStream theirs) = DuplexPair.Create();
            _stream = new(ours);
            Accepting = server.AcceptAsync(theirs);
            _connecting = RpcClient.ConnectAsync(_stream.Stream, new RpcClientOptions { TrustId = TrustPair.Secret });
        }

        public Task<RpcConnection> Accepting { get; }

        public static async Task<SlowClient> ConnectAsync(RpcServer server)
        {
            SlowClient client = new(server);
            await client._stream.IsLetIn.InTime();
            return client;
        }

        public async Task<RpcClient> GoOnAsync()
        {
            _stream.GoOn();
            return await _connecting.InTime();
        }
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
