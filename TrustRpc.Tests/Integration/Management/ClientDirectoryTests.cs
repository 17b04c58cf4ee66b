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
        ("""{"page":1000001}""", "'page' must be from 0 to 1000000."));

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public async Task A_number_out_of_its_range_is_refused_with_the_range(string transport, string arguments, string message)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        RpcClient client = await server.ConnectAsync("1");
        Dictionary<string, int> named = JsonSerializer.Deserialize<Dictionary<string, int>>(arguments)!;

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => client.CallAsync<ClientList>("ListClients", named).InTime());

        Assert.Equal(RpcErrorCode.InvalidParams, e.Code);
        Assert.Equal(message, e.Message);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_second_connection_with_the_same_id_replaces_the_first_which_is_told(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        await using IAsyncEnumerator<ServerEvent> events = server.Server.Events.SubscribeAsync(["client_*"]).GetAsyncEnumerator();
        RpcClient older = await server.ConnectAsync("7", "old");

        RpcClient newer = await server.ConnectAsync("7", "new");

        Assert.Contains("Another connection with the same client id has taken its place", await older.Closed.InTime(), StringComparison.Ordinal);
        Assert.Equal("new", (await newer.CallAsync<ClientList>("ListClients").InTime()).Clients.Single().Name);
        List<string> seen = [];
        for (int i = 0; i < 3; i++)
        {
            Assert.True(await events.MoveNextAsync().InTime());
            seen.Add($"{events.Current.EventType} {events.Current.Payload!.Value.GetProperty("name").GetString()}");
        }

        Assert.Equal(["client_connected old", "client_disconnected old", "client_connected new"], seen);
        Assert.True((await server.StatusAsync("7")).Online);
    }

    [Fact]
    public async Task A_connection_that_was_accepted_before_another_with_its_id_and_proven_after_it_does_not_take_its_place()
    {
        ManualTimeProvider time = new();
        await using ManagedServer server = await ManagedServer.StartAsync(options: new ManagementOptions { TimeProvider = time }, server: options => options.TimeProvider = time);
        using DuplexPair early = DuplexPair.Create();
        using DuplexPair late = DuplexPair.Create();
        Task<RpcConnection> first = server.Server.AcceptAsync(early.First);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Task<RpcConnection> second = server.Server.AcceptAsync(late.First);
        RpcClientOptions options = new() { TrustId = server.Secret, ClientId = "7" };

        await using RpcClient newer = await RpcClient.ConnectAsync(late.Second, options).InTime();
        await second.InTime();
        await using RpcClient older = await RpcClient.ConnectAsync(early.Second, options).InTime();
        await first.InTime();

        Assert.Contains("taken its place", await older.Closed.InTime(), StringComparison.Ordinal);
        Assert.True((await newer.CallAsync<ClientList>("ListClients").InTime()).Clients.Single().Online);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_client_that_comes_back_after_the_clock_was_set_back_takes_its_own_place(string transport)
    {
        AdjustableClock clock = new();
        await using ManagedServer server = await ManagedServer.StartAsync(transport, new ManagementOptions { TimeProvider = clock }, options => options.TimeProvider = clock);
        RpcClient older = await server.ConnectAsync("7");
        clock.Ahead = -TimeSpan.FromHours(2);

        RpcClient newer = await server.ConnectAsync("7");

        Assert.Contains("taken its place", await older.Closed.InTime(), StringComparison.Ordinal);
        Assert.True((await newer.CallAsync<ClientList>("ListClients").InTime()).Clients.Single().Online);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Of_two_programs_with_one_id_that_reconnect_the_first_stops_and_says_why(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        RpcClient older = await server.ConnectAsync("7", "old", options => options.Reconnect = new RpcReconnectOptions());
        TaskCompletionSource<RpcStateChangedEventArgs> closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        older.StateChanged += (_, change) => _ = change.State == RpcClientState.Closed && closed.TrySetResult(change);

        RpcClient newer = await server.ConnectAsync("7", "new", options => options.Reconnect = new RpcReconnectOptions());
        string reason = await older.Closed.InTime();
        RpcStateChangedEventArgs change = await closed.Task.InTime();

        Assert.Contains("does not want this client back", reason, StringComparison.Ordinal);
        Assert.Contains("dismissed: Another connection with the same client id has taken its place", reason, StringComparison.Ordinal);
        Assert.IsType<RpcConnectionException>(change.Error);
        Assert.Contains("taken its place", (await Assert.ThrowsAsync<RpcConnectionException>(() => older.CallAsync<bool>("is_there").InTime())).Message, StringComparison.Ordinal);
        Assert.True(await newer.CallAsync<bool>("is_there").InTime());
        Assert.Equal(RpcClientState.Connected, newer.State);
        Assert.Equal("new", (await server.StatusAsync("7")).Name);
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
    public async Task Where_the_policy_says_so_the_second_connection_is_turned_away_until_the_first_has_ended(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport, options: new ManagementOptions { SameClientId = SameClientIdPolicy.Reject });
        RpcClient first = await server.ConnectAsync("7");
        await Patience.UntilAsync(() => server.Server.Connections.Count == 1);

        TrustException e = await Assert.ThrowsAsync<TrustException>(() => server.ConnectAsync("7"));
        await first.DisposeAsync().InTime();
        await server.OfflineAsync("7");
        await server.ConnectAsync("7");

        Assert.Equal(TrustFailure.Busy, e.Failure);
        Assert.Contains("same client id", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Where_the_policy_says_so_connections_share_an_id_and_the_last_one_to_go_ends_it(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport, options: new ManagementOptions { SameClientId = SameClientIdPolicy.Share });
        RpcClient first = await server.ConnectAsync("7", "first");
        first.Commands.Add("who", () => 1);
        RpcClient second = await server.ConnectAsync("7", "second");
        second.Commands.Add("who", () => 2);
        await Patience.UntilAsync(() => server.Server.Connections.Count == 2);
        CommandResult both = await server.Management.SendCommandAsync("7", "who").InTime();
        string newest = (await server.StatusAsync("7")).Name;

        await second.DisposeAsync().InTime();
        await Patience.UntilAsync(() => server.StatusAsync("7").Result.Name == "first");
        CommandResult one = await server.Management.SendCommandAsync("7", "who").InTime();
        bool isThere = (await server.StatusAsync("7")).Online;
        await first.DisposeAsync().InTime();

        await server.OfflineAsync("7");
        Assert.Equal((2, "second", 1, true), (both.Result!.Value.GetInt32(), newest, one.Result!.Value.GetInt32(), isThere));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task After_a_restart_on_the_same_store_everybody_is_offline_with_what_was_known(string transport)
    {
        MemoryClientStore store = new();
        await using (ManagedServer first = await ManagedServer.StartAsync(transport, options: new ManagementOptions { Store = store }))
        {
            await first.ConnectAsync("7", "lab-pc-7");
            await Patience.UntilAsync(() => first.Server.Connections.Count == 1);
        }

        await using ManagedServer second = await ManagedServer.StartAsync(transport, options: new ManagementOptions { Store = store });

        ClientStatus status = Assert.Single((await second.ListAsync()).Clients);
        Assert.Equal(("lab-pc-7", false), (status.Name, status.Online));
        Assert.True(status.LastSeen >= status.ConnectedAt);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_store_that_fails_is_reported_and_tried_again_and_clients_are_served_all_the_same(string transport)
    {
        FailingStore store = new() { Fails = true };
        await using ManagedServer server = await ManagedServer.StartAsync(transport, options: new ManagementOptions { Store = store });
        TaskCompletionSource<Exception> failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Management.StoreFailed += (_, _) => throw new InvalidOperationException("A handler that fails.");
        server.Management.StoreFailed += (_, e) => failed.TrySetResult(e.GetException());

        RpcClient client = await server.ConnectAsync("1");
        await failed.Task.InTime();
        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => client.CallAsync<ClientList>("ListClients").InTime());
        store.Fails = false;

        Assert.Equal(RpcErrorCode.Unavailable, e.Code);
        Assert.DoesNotContain("disk full", e.Message, StringComparison.Ordinal);
        Assert.Equal("1", (await client.CallAsync<ClientList>("ListClients").InTime()).Clients.Single().Uuid);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task While_the_store_fails_commands_are_executed_and_whoever_is_not_there_is_not_found(string transport)
    {
        FailingStore store = new() { Fails = true };
        await using ManagedServer server = await ManagedServer.StartAsync(transport, new ManagementOptions { Store = store });
        (await server.ConnectAsync("7")).Commands.Add("ping", () => "pong");
        ManagementClient boss = new(await server.ConnectAsync("boss"));

        CommandResult pong = await boss.SendCommandAsync("7", "ping").InTime();
        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => boss.SendCommandAsync("nobody", "ping").InTime());

        Assert.True(pong.Success);
        Assert.Equal((RpcErrorCode.NotFound, "The client 'nobody' is not connected."), (e.Code, e.Message));
        store.Fails = false;
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task While_the_store_hangs_commands_are_executed_and_whoever_is_not_there_is_not_found(string transport)
    {
        ManualTimeProvider clock = new();
        FailingStore store = new() { Hangs = true };
        await using ManagedServer server = await ManagedServer.StartAsync(transport, new ManagementOptions { Store = store, TimeProvider = clock, Heartbeat = TimeSpan.Zero });
        (await server.ConnectAsync("7")).Commands.Add("ping", () => "pong");
        ManagementClient boss = new(await server.ConnectAsync("boss"));

        CommandResult pong = await boss.SendCommandAsync("7", "ping").InTime();
        Task<CommandResult> asking = boss.SendCommandAsync("nobody", "ping").AsTask();
        await clock.WhenDueAfter(TimeSpan.FromSeconds(2)).InTime();
        clock.Advance(TimeSpan.FromSeconds(2));
        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => asking.InTime());
        Task stopping = server.Server.StopAsync();
        await clock.WhenDueAfter(TimeSpan.FromSeconds(15)).InTime();
        clock.Advance(TimeSpan.FromSeconds(15));
        await stopping.InTime();

        Assert.True(pong.Success);
        Assert.Equal((RpcErrorCode.NotFound, "The client 'nobody' is not connected."), (e.Code, e.Message));
        Assert.Contains("not saved and closed within 15 s", Assert.Single(server.Errors), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_store_that_cannot_be_opened_at_first_is_opened_later_and_has_everybody_then(string transport)
    {
        FailingStore store = new() { FailsToOpen = true };
        await using ManagedServer server = await ManagedServer.StartAsync(transport, new ManagementOptions { Store = store });
        RpcClient client = await server.ConnectAsync("1");
        await Assert.ThrowsAsync<IOException>(() => server.Management.Ready.InTime());
        await Assert.ThrowsAsync<RpcCallException>(() => client.CallAsync<ClientList>("ListClients").InTime());

        store.FailsToOpen = false;

        Assert.Equal("1", (await client.CallAsync<ClientList>("ListClients").InTime()).Clients.Single().Uuid);
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
        Assert.Throws<ArgumentOutOfRangeException>(() => new RpcServer().AddManagement(new ManagementOptions { EventHistory = 1 }));
    }

    private sealed class AdjustableClock : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;
    }

    private sealed class FailingStore : IClientStore
    {
        private readonly MemoryClientStore _store = new();

        public volatile bool Fails;

        public volatile bool FailsToOpen;

        public bool Hangs { get; init; }

        public ValueTask OpenAsync(CancellationToken cancellationToken = default)
            => FailsToOpen ? throw new IOException("no database there") : Hangs ? new(new TaskCompletionSource().Task) : _store.OpenAsync(cancellationToken);

        public ValueTask SaveAsync(IReadOnlyCollection<KnownClient> clients, CancellationToken cancellationToken = default)
            => Fails ? throw new IOException("disk full") : _store.SaveAsync(clients, cancellationToken);

        public ValueTask RemoveAsync(IReadOnlyCollection<string> uuids, CancellationToken cancellationToken = default)
            => Fails ? throw new IOException("disk full") : _store.RemoveAsync(uuids, cancellationToken);

        public ValueTask<IReadOnlyList<KnownClient>> ListLongestGoneAsync(int count, CancellationToken cancellationToken = default) => _store.ListLongestGoneAsync(count, cancellationToken);

        public ValueTask<KnownClient?> FindAsync(string uuid, CancellationToken cancellationToken = default) => _store.FindAsync(uuid, cancellationToken);

        public ValueTask<ClientPage> ListAsync(ClientQuery query, CancellationToken cancellationToken = default) => _store.ListAsync(query, cancellationToken);

        public ValueTask DisposeAsync() => _store.DisposeAsync();
    }
}
