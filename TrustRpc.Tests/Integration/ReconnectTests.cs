using System.Collections.Concurrent;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration;

/// <summary>The states of a client, its first connection, refusals and its end.</summary>
public sealed class ReconnectTests : ReconnectScene
{
    [Fact]
    public async Task A_client_that_does_not_reconnect_is_closed_with_its_connection()
    {
        await using RestartableServer server = Server();
        await using RpcClient client = await server.ConnectAsync(new RpcClientOptions());
        BlockingCollection<RpcStateChangedEventArgs> states = Watch(client);
        Assert.Equal(RpcClientState.Connected, client.State);

        server.Kill();

        Assert.Contains("broke", await client.Closed.WaitAsync(s_patience), StringComparison.Ordinal);
        Assert.Equal(RpcClientState.Closed, Next(states).State);
    }

    [Fact]
    public async Task The_states_of_a_client_are_told_in_order_each_with_its_reason()
    {
        await using RestartableServer server = Server();
        await using RpcClient client = await server.ConnectAsync(Options());
        BlockingCollection<RpcStateChangedEventArgs> states = Watch(client);

        server.Kill();
        RpcStateChangedEventArgs lost = Next(states);
        Assert.Equal(RpcClientState.Reconnecting, lost.State);
        Assert.Contains("broke", lost.Reason, StringComparison.Ordinal);

        await _clock.WhenTimersActive();
        server.Start();
        _clock.Advance(TimeSpan.FromSeconds(0.2));
        RpcStateChangedEventArgs found = Next(states);
        Assert.Equal(RpcClientState.Connected, found.State);
        Assert.Contains(" answered", found.Reason, StringComparison.Ordinal);

        await client.DisposeAsync();
        RpcStateChangedEventArgs closed = Next(states);
        Assert.Equal((RpcClientState.Closed, "this side closed it", null), (closed.State, closed.Reason, closed.Error));
        Assert.Equal("this side closed it", await client.Closed);
    }

    [Fact]
    public async Task A_client_that_is_closed_does_not_knock_at_the_server_once_more()
    {
        await using RestartableServer server = Server();
        int knocks = 0;
        const int Clients = 200;
        for (int i = 0; i < Clients; i++)
        {
            RpcClientOptions options = Options();
            await using RpcClient client = await RpcClient.ConnectToAsync(
                [new("here", token =>
                {
                    Interlocked.Increment(ref knocks);
                    return server.Target(options).ConnectAsync(token);
                })],
                options,
                default);
        }

        Assert.Equal(Clients, knocks);
    }

    [Fact]
    public async Task Repeated_refusals_of_the_secret_close_the_client_with_a_clear_error()
    {
        await using RestartableServer server = Server();
        await using RestartableServer other = Server();
        RpcClientOptions options = Options();
        options.TrustId = server.Secret;
        bool moved = false;
        await using RpcClient client = await RpcClient.ConnectToAsync(
            [new("here", async token =>
            {
                try
                {
                    return await (moved ? other : server).Target(options).ConnectAsync(token);
                }
                finally
                {
                    _begun.Release();
                }
            })],
            options,
            default);
        BlockingCollection<RpcStateChangedEventArgs> states = Watch(client);
        moved = true;
        server.Kill();
        Assert.Equal(RpcClientState.Reconnecting, Next(states).State);
        Task<int> waiting = client.CallAsync<int>("count", [1], new RpcCallOptions { Timeout = Timeout.InfiniteTimeSpan }).AsTask();

        await BegunAsync(1);
        foreach (double delay in new[] { 0.2, 0.32 })
        {
            await BegunAsync(1);
            await _clock.WhenTimersActive();
            _clock.Advance(TimeSpan.FromSeconds(delay));
        }

        RpcStateChangedEventArgs closed = Next(states);
        Assert.Equal(RpcClientState.Closed, closed.State);
        Assert.Equal(TrustFailure.SecretDiffers, Assert.IsType<TrustException>(closed.Error).Failure);
        Assert.Contains("3 refusals in a row", await client.Closed, StringComparison.Ordinal);
        RpcConnectionException e = await Assert.ThrowsAsync<RpcConnectionException>(() => waiting.WaitAsync(s_patience));
        Assert.Contains("3 refusals in a row", e.Message, StringComparison.Ordinal);
        Assert.False(e.MayHaveBeenExecuted);
    }

    [Fact]
    public async Task The_first_connection_is_tried_again_where_that_was_chosen()
    {
        await using RestartableServer server = new(Register);
        Task<RpcClient> connecting = server.ConnectAsync(Options(new() { IncludeFirstConnection = true }));
        await _clock.WhenTimersActive();
        server.Start();
        _clock.Advance(TimeSpan.FromSeconds(1));

        await using RpcClient client = await connecting.WaitAsync(s_patience);
        Assert.Equal(1, await client.CallAsync<int>("count", [1]));
    }

    [Fact]
    public async Task The_first_connection_is_tried_once_by_default()
    {
        await using RestartableServer server = new(Register);

        await Assert.ThrowsAsync<RpcConnectionException>(() => server.ConnectAsync(Options()));

        Assert.Equal(1, server.Dials);
    }

    [Fact]
    public async Task Disposal_while_reconnecting_ends_the_calls_that_wait()
    {
        await using RestartableServer server = Server();
        RpcClient client = await server.ConnectAsync(Options());
        await LoseAsync(server, client);
        Task<int> waiting = client.CallAsync<int>("count", [1]).AsTask();

        await client.DisposeAsync().AsTask().WaitAsync(s_patience);
        await client.DisposeAsync().AsTask().WaitAsync(s_patience);

        RpcConnectionException e = await Assert.ThrowsAsync<RpcConnectionException>(() => waiting.WaitAsync(s_patience));
        Assert.Contains("this side closed it", e.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<RpcConnectionException>(async () => await client.CallAsync<int>("count", [1]));
        Assert.Throws<RpcConnectionException>(() => client.Call<int>("count", [1]));
        Assert.Equal(RpcClientState.Closed, client.State);
    }

    [Fact]
    public async Task Disposal_does_not_wait_for_a_connection_that_never_comes_about()
    {
        TaskCompletionSource<RpcConnection> never = new();
        await using RestartableServer server = Server();
        RpcClientOptions options = Options();
        bool hangs = false;
        RpcClient client = await RpcClient.ConnectToAsync([new("here", token => hangs ? never.Task : server.Target(options).ConnectAsync(token))], options, default);
        hangs = true;
        server.Kill();

        await client.DisposeAsync().AsTask().WaitAsync(s_patience);
        client.Dispose();
    }

    [Fact]
    public async Task A_connection_that_comes_about_after_the_disposal_is_dropped()
    {
        TaskCompletionSource late = new();
        TaskCompletionSource<RpcConnection> made = new();
        await using RestartableServer server = Server();
        RpcClientOptions options = Options();
        bool hangs = false;
        RpcClient client = await RpcClient.ConnectToAsync(
            [new("here", async token =>
            {
                if (hangs)
                {
                    _begun.Release();
                    await late.Task;
                }

                RpcConnection connection = await server.Target(options).ConnectAsync(CancellationToken.None);
                made.TrySetResult(connection);
                return connection;
            })],
            options,
            default);
        made = new();
        hangs = true;
        server.BreakConnections();
        await BegunAsync(1);
        await client.DisposeAsync().AsTask().WaitAsync(s_patience);

        late.SetResult();

        await (await made.Task.WaitAsync(s_patience)).Closed.WaitAsync(s_patience);
    }

    [Fact]
    public async Task A_handler_of_the_event_may_dispose_the_client_call_it_and_throw()
    {
        await using RestartableServer server = Server();
        RpcClient client = await server.ConnectAsync(Options());
        client.StateChanged += (_, change) =>
        {
            if (change.State == RpcClientState.Reconnecting)
            {
                client.Dispose();
                client.Call<int>("count", [1]);
            }
        };

        server.Kill();

        Assert.Equal("this side closed it", await client.Closed.WaitAsync(s_patience));
    }

    [Fact]
    public async Task A_client_over_a_stream_of_the_callers_cannot_reconnect()
    {
        ArgumentException e = await Assert.ThrowsAsync<ArgumentException>(() => RpcClient.ConnectAsync(new MemoryStream(), Options()));

        Assert.Contains("connect to an address", e.Message, StringComparison.Ordinal);
    }
}
