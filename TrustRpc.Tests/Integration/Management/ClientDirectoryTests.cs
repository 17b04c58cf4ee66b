using System.Text.Json;
using TrustRpc.Management;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration.Management;

/// <summary>Who is there, as a server's management knows it.</summary>
public class ClientDirectoryTests
{
    public static TheoryData<string> Transports => ManagedServer.Transports;

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_client_is_listed_from_its_connection_on_and_for_ever_after(string transport)
    {
        ManualTimeProvider clock = new();
        await using ManagedServer server = await ManagedServer.StartAsync(transport, new ManagementOptions { TimeProvider = clock, Heartbeat = TimeSpan.Zero });
        RpcClient lab = await server.ConnectAsync("id-7", "lab-pc-7");

        ClientList list = await lab.CallAsync<ClientList>("ListClients").InTime();
        clock.Advance(TimeSpan.FromSeconds(5));
        await lab.DisposeAsync().InTime();
        await server.OfflineAsync("id-7");
        ClientStatus after = await server.StatusAsync("id-7");

        ClientStatus status = Assert.Single(list.Clients);
        long start = clock.Start.ToUnixTimeMilliseconds();
        Assert.Equal((1, "id-7", "lab-pc-7", true), (list.Total, status.Uuid, status.Name, status.Online));
        Assert.Equal((start, start, 0), (status.ConnectedAt, status.LastSeen, status.PendingCommands));
        Assert.Equal(server.Server.Endpoints.Count == 0 ? status.Endpoint : server.Endpoint.ToString(), status.Endpoint);
        Assert.Equal(transport, status.Transport);
        Assert.NotEmpty(status.IpAddress);
        Assert.False(after.Online);
        Assert.Equal(start + 5000, after.LastSeen);
        Assert.Equal(start, after.ConnectedAt);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_client_that_only_calls_was_last_seen_when_it_did_and_the_store_is_told_now_and_then(string transport)
    {
        ManualTimeProvider clock = new();
        MemoryClientStore store = new();
        ManagementOptions options = new() { TimeProvider = clock, Heartbeat = TimeSpan.Zero, Store = store, LastSeenRefresh = TimeSpan.FromSeconds(60), LastSeenDelay = TimeSpan.FromSeconds(1) };
        await using ManagedServer server = await ManagedServer.StartAsync(transport, options, configured => (configured.TimeProvider, configured.KeepAlive) = (clock, TimeSpan.Zero));
        RpcClient client = await server.ConnectAsync("7");
        RpcConnection connection = server.Server.Connections.Single();
        Assert.Equal(clock.Start, connection.LastHeard);

        clock.Advance(TimeSpan.FromSeconds(40));
        Assert.True(await client.CallAsync<bool>("is_there").InTime());
        DateTimeOffset called = clock.Start.AddSeconds(40);
        clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(called, connection.LastHeard);
        Assert.Equal(called.ToUnixTimeMilliseconds(), (await server.StatusAsync("7")).LastSeen);
        Assert.Equal(clock.Start, (await store.FindAsync("7"))!.LastSeen);
        clock.Advance(TimeSpan.FromSeconds(11));
        await Patience.UntilAsync(() => store.FindAsync("7").AsTask().Result!.LastSeen == called);
        Assert.Equal(clock.Start, (await store.FindAsync("7"))!.ConnectedAt);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Pages_come_by_name_and_then_id_and_filters_apply_before_them(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        foreach ((string id, string name) in ((string, string)[])[("3", "beta"), ("2", "Beta"), ("1", "beta"), ("4", "alpha")])
            await server.ConnectAsync(id, name);
        RpcClient gone = await server.ConnectAsync("5", "gamma");
        await gone.DisposeAsync().InTime();
        await server.OfflineAsync("5");
        RpcClient asks = await server.ConnectAsync("6", "zeta");

        async Task<string> AskAsync(object arguments)
        {
            ClientList list = await asks.CallAsync<ClientList>("ListClients", arguments).InTime();
            return $"{string.Join(' ', list.Clients.Select(client => client.Uuid))} of {list.Total}";
        }

        Assert.Equal("2 4 1 3 5 6 of 6", await AskAsync(new { }));
        Assert.Equal("1 3 of 6", await AskAsync(new { page = 1, page_size = 2 }));
        Assert.Equal(" of 6", await AskAsync(new { page = 1_000_000, page_size = 500 }));
        Assert.Equal("5 of 1", await AskAsync(new { online = false }));
        Assert.Equal("2 1 3 of 3", await AskAsync(new { name_contains = "BET", online = true }));
        Assert.Equal("1 of 3", await AskAsync(new { name_contains = "bet", page = 1, page_size = 1 }));
    }

    public static TheoryData<string, string, string> OutOfRange => ManagedServer.TransportsWith(
        ("""{"page_size":0}""", "'page_size' must be from 1 to 500."),
        ("""{"page_size":501}""", "'page_size' must be from 1 to 500."),
        ("""{"page":-1}""", "'page' must be from 0 to 1000000."),
        ("""{"page":1000001}""", "'page' must be from 0 to 1000000."),
        ("""{"page":3000000000}""", "'page' must be from 0 to 1000000."),
        ("""{"page_size":-9000000000000000000}""", "'page_size' must be from 1 to 500."));

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public async Task A_number_out_of_its_range_is_refused_with_the_range(string transport, string arguments, string message)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        RpcClient client = await server.ConnectAsync("1");
        Dictionary<string, long> named = JsonSerializer.Deserialize<Dictionary<string, long>>(arguments)!;

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => client.CallAsync<ClientList>("ListClients", named).InTime());

        Assert.Equal(RpcErrorCode.InvalidParams, e.Code);
        Assert.Equal(message, e.Message);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_client_that_chose_no_id_is_listed_while_it_is_there_and_not_after(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        await server.ConnectAsync("7");
        RpcClient passing = await server.ConnectAsync("~7", "passing");

        ClientList before = await passing.CallAsync<ClientList>("ListClients").InTime();
        await passing.DisposeAsync().InTime();
        while ((await server.ListAsync()).Total > 1)
            await Task.Yield();

        Assert.Equal(["7", "~7"], before.Clients.Select(client => client.Uuid));
        Assert.Equal("7", Assert.Single((await server.ListAsync()).Clients).Uuid);
        await using RpcClient nameless = await RpcClient.ConnectAsync(server.Endpoint, new RpcClientOptions { TrustId = server.Secret }).InTime();
        Assert.Contains((await nameless.CallAsync<ClientList>("ListClients").InTime()).Clients, client => client.Uuid.StartsWith(KnownClient.TemporaryPrefix));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Beyond_the_limit_those_that_are_longest_gone_are_forgotten_and_nobody_who_is_there(string transport)
    {
        ManualTimeProvider clock = new();
        await using ManagedServer server = await ManagedServer.StartAsync(transport, options: new ManagementOptions { TimeProvider = clock, Heartbeat = TimeSpan.Zero, MaxKnownClients = 3 });
        foreach (string id in (string[])["1", "2", "3"])
        {
            RpcClient client = await server.ConnectAsync(id);
            clock.Advance(TimeSpan.FromSeconds(1));
            await client.DisposeAsync().InTime();
            await server.OfflineAsync(id);
        }

        RpcClient fourth = await server.ConnectAsync("4");
        ClientList four = await server.ListAsync();
        await server.ConnectAsync("1");
        ClientList again = await server.ListAsync();
        foreach (string id in (string[])["5", "6", "7"])
            await server.ConnectAsync(id);

        Assert.Equal(["2", "3", "4"], four.Clients.Select(client => client.Uuid));
        Assert.Equal(["1", "3", "4"], again.Clients.Select(client => client.Uuid));
        Assert.Equal(["1", "4", "5", "6", "7"], (await server.ListAsync()).Clients.Select(client => client.Uuid));
        await fourth.DisposeAsync().InTime();
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_client_is_forgotten_on_demand_when_it_has_left(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        ManagementClient management = new(await server.ConnectAsync("boss"));
        RpcClient leaves = await server.ConnectAsync("7", "lab-pc-7");

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => management.ForgetClientAsync("7").InTime());
        ClientStatus still = await server.StatusAsync("7");
        await leaves.DisposeAsync().InTime();
        await server.OfflineAsync("7");

        Assert.Equal(RpcErrorCode.Conflict, e.Code);
        Assert.Equal("The client 'lab-pc-7' is connected; it can be forgotten when it has left.", e.Message);
        Assert.True(still.Online);
        Assert.True(await management.ForgetClientAsync("7").InTime());
        Assert.False(management.ForgetClient("7"));
        Assert.Equal("boss", Assert.Single((await server.ListAsync()).Clients).Uuid);
        await server.ConnectAsync("7");
        Assert.True((await server.StatusAsync("7")).Online);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Of_a_client_that_comes_and_goes_again_and_again_every_coming_and_going_is_told_in_order(string transport)
    {
        const int times = 200;
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        await using IAsyncEnumerator<ServerEvent> events = server.Server.Events.SubscribeAsync(["client_*"]).GetAsyncEnumerator();
        for (int i = 0; i < times; i++)
            await (await server.ConnectAsync("7")).DisposeAsync().InTime();

        for (int i = 0; i < 2 * times; i++)
        {
            Assert.True(await events.MoveNextAsync().InTime());
            Assert.Equal(i % 2 == 0 ? "client_connected" : "client_disconnected", events.Current.EventType);
        }
    }

    [Fact]
    public async Task Management_that_is_added_to_a_server_with_clients_knows_them_and_sees_them_leave()
    {
        TrustId secret = TrustId.Generate();
        await using RpcServer server = new(new RpcServerOptions { TrustId = secret });
        using DuplexPair pair = DuplexPair.Create();
        Task<RpcConnection> accepting = server.AcceptAsync(pair.First);
        await using RpcClient client = await RpcClient.ConnectAsync(pair.Second, new RpcClientOptions { TrustId = secret, ClientId = "7" }).InTime();
        await accepting.InTime();

        RpcManagement management = server.AddManagement();

        Assert.True(Assert.Single((await management.ListClientsAsync().InTime()).Clients).Online);
        await client.DisposeAsync().InTime();
        await Patience.UntilAsync(() => !management.ListClientsAsync().AsTask().Result.Clients[0].Online);
    }

    [Fact]
    public async Task Management_is_added_once_and_a_server_without_it_says_so()
    {
        await using RpcServer server = new(new RpcServerOptions { TrustId = TrustId.Generate() });

        Assert.Throws<InvalidOperationException>(() => server.Events);
        RpcManagement management = server.AddManagement();
        Assert.Same(management.Events, server.Events);
        Assert.Throws<InvalidOperationException>(() => server.AddManagement());
        Assert.Throws<ArgumentOutOfRangeException>("EventHistory", () => new RpcServer().AddManagement(new ManagementOptions { EventHistory = 1 }));
        Assert.Throws<ArgumentOutOfRangeException>("Heartbeat", () => new RpcServer().AddManagement(new ManagementOptions { Heartbeat = TimeSpan.FromDays(25) }));
        Assert.Throws<ArgumentOutOfRangeException>("LastSeenDelay", () => new RpcServer().AddManagement(new ManagementOptions { LastSeenDelay = TimeSpan.MaxValue }));
        Assert.Throws<ArgumentOutOfRangeException>("LastSeenRefresh", () => new RpcServer().AddManagement(new ManagementOptions { LastSeenRefresh = TimeSpan.FromTicks(-1) }));
        Assert.Throws<ArgumentNullException>("TimeProvider", () => new RpcServer().AddManagement(new ManagementOptions { TimeProvider = null! }));
    }

    [Fact]
    public async Task Management_that_cannot_be_added_leaves_nothing_behind()
    {
        ManualTimeProvider clock = new();
        await using RpcServer taken = new(new RpcServerOptions { TrustId = TrustId.Generate() });
        taken.Services.Add("Subscribe", () => 1);
        RpcServer stopped = new(new RpcServerOptions { TrustId = TrustId.Generate() });
        await stopped.DisposeAsync().InTime();

        Assert.Throws<InvalidOperationException>(() => taken.AddManagement(new ManagementOptions { TimeProvider = clock }));
        Assert.Throws<ObjectDisposedException>(() => stopped.AddManagement(new ManagementOptions { TimeProvider = clock }));

        Assert.Equal(0, clock.ActiveTimers);
    }

    [Fact]
    public async Task Management_that_is_added_while_the_server_stops_is_refused_and_leaves_the_store_alone()
    {
        await using RpcServer server = new();
        MemoryClientStore kept = new();
        await kept.SaveAsync([new KnownClient { Uuid = "7", Name = "lab-pc-7", Online = true }]);
        StoppingClock clock = new(server);

        Assert.Throws<ObjectDisposedException>(() => server.AddManagement(new ManagementOptions { Store = kept, TimeProvider = clock }));

        Assert.True((await kept.FindAsync("7"))!.Online); // Whoever opens a store takes everybody for offline.
        Assert.Equal(0, clock.ActiveTimers);
    }

    /// <summary>Stops a server as soon as anybody asks for a timer of it.</summary>
    private sealed class StoppingClock(RpcServer server) : TimeProvider
    {
        private readonly ManualTimeProvider _clock = new();

        public int ActiveTimers => _clock.ActiveTimers;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            server.Dispose();
            return _clock.CreateTimer(callback, state, dueTime, period);
        }
    }
}
