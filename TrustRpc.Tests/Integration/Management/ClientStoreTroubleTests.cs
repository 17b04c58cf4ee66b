using TrustRpc.Management;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration.Management;

/// <summary>What a server does whose store of clients was closed, fails, hangs or cannot be opened.</summary>
public class ClientStoreTroubleTests
{
    public static TheoryData<string> Transports => ManagedServer.Transports;

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

    [Fact]
    public async Task Who_is_connected_is_not_forgotten_whatever_becomes_of_the_store_and_leaves_no_trace_of_the_attempt_there()
    {
        FailingStore store = new() { Fails = true };
        await using ManagedServer server = await ManagedServer.StartAsync(options: new ManagementOptions { Store = store });
        await server.ConnectAsync("7");

        RpcException e = await Assert.ThrowsAsync<RpcException>(() => server.Management.ForgetClientAsync("7").InTime());

        Assert.Equal(RpcErrorCode.Conflict, e.Code);
        store.Fails = false;
        Assert.True(Assert.Single((await server.Management.ListClientsAsync().InTime()).Clients).Online);
        Assert.Equal(0, store.Removals);
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

    private sealed class FailingStore : IClientStore
    {
        private readonly MemoryClientStore _store = new();

        public volatile bool Fails;

        public volatile bool FailsToOpen;

        public int Removals;

        public bool Hangs { get; init; }

        public ValueTask OpenAsync(CancellationToken cancellationToken = default)
            => FailsToOpen ? throw new IOException("no database there") : Hangs ? new(new TaskCompletionSource().Task) : _store.OpenAsync(cancellationToken);

        public ValueTask SaveAsync(IReadOnlyCollection<KnownClient> clients, CancellationToken cancellationToken = default)
            => Fails ? throw new IOException("disk full") : _store.SaveAsync(clients, cancellationToken);

        public ValueTask RemoveAsync(IReadOnlyCollection<string> uuids, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref Removals);
            return Fails ? throw new IOException("disk full") : _store.RemoveAsync(uuids, cancellationToken);
        }

        public ValueTask<IReadOnlyList<KnownClient>> ListLongestGoneAsync(int count, CancellationToken cancellationToken = default) => _store.ListLongestGoneAsync(count, cancellationToken);

        public ValueTask<KnownClient?> FindAsync(string uuid, CancellationToken cancellationToken = default) => _store.FindAsync(uuid, cancellationToken);

        public ValueTask<ClientPage> ListAsync(ClientQuery query, CancellationToken cancellationToken = default) => _store.ListAsync(query, cancellationToken);

        public ValueTask DisposeAsync() => _store.DisposeAsync();
    }
}
