using TrustRpc.Management;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration.Management;

/// <summary>Who keeps the place where two connections have one client id.</summary>
public class SameClientIdTests
{
    public static TheoryData<string> Transports => ManagedServer.Transports;

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

    [Fact]
    public async Task Of_connections_that_share_an_id_the_list_shows_the_one_that_commands_go_to()
    {
        await using ManagedServer server = await ManagedServer.StartAsync(options: new ManagementOptions { SameClientId = SameClientIdPolicy.Share });
        await using IAsyncEnumerator<ServerEvent> events = server.Server.Events.SubscribeAsync(["client_*"]).GetAsyncEnumerator();
        RpcClient first = await server.ConnectAsync("7", "first");
        RpcClient second = await server.ConnectAsync("7", "second");
        RpcClient third = await server.ConnectAsync("7", "third");
        string newest = (await server.StatusAsync("7")).Name;

        await second.DisposeAsync().InTime();
        await Patience.UntilAsync(() => server.Server.Connections.Count == 2);
        string afterTheOlder = (await server.StatusAsync("7")).Name;
        await third.DisposeAsync().InTime();
        await Patience.UntilAsync(() => server.StatusAsync("7").Result.Name == "first");
        await first.DisposeAsync().InTime();
        await server.OfflineAsync("7");

        Assert.Equal(("third", "third"), (newest, afterTheOlder));
        List<string> told = [];
        for (int i = 0; i < 2; i++)
        {
            Assert.True(await events.MoveNextAsync().InTime());
            told.Add($"{events.Current.EventType} {events.Current.Payload!.Value.GetProperty("name").GetString()}");
        }

        Assert.Equal(["client_connected first", "client_disconnected first"], told);
    }

    private sealed class AdjustableClock : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;
    }
}
