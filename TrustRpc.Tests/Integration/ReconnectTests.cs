using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration;

public sealed class ReconnectTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly ManualTimeProvider _clock = new();
    private readonly SemaphoreSlim _begun = new(0);
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _runs;
    private int _refusals;

    [RpcService]
    public interface ICounting
    {
        [RpcMethod("hang", Idempotent = true)]
        Task<int> HangAsync();
    }

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
        Assert.Contains("connected to", found.Reason, StringComparison.Ordinal);

        await client.DisposeAsync();
        RpcStateChangedEventArgs closed = Next(states);
        Assert.Equal((RpcClientState.Closed, "this side closed it", null), (closed.State, closed.Reason, closed.Error));
        Assert.Equal("this side closed it", await client.Closed);
    }

    [Fact]
    public async Task Calls_made_meanwhile_wait_for_the_next_connection()
    {
        await using RestartableServer server = Server();
        await using RpcClient client = await server.ConnectAsync(Options());
        await LoseAsync(server, client);

        Task<int> waiting = client.CallAsync<int>("count", [1]).AsTask();
        Task<int> named = client.CallAsync<int>("count", new { by = 2 }).AsTask();
        Task<int> blocking = Task.Factory.StartNew(() => client.Call<int>("count", [4]), TaskCreationOptions.LongRunning);
        Task notified = client.NotifyAsync("count", [8]).AsTask();
        Assert.False(waiting.IsCompleted || named.IsCompleted || notified.IsCompleted);
        server.Start();
        _clock.Advance(TimeSpan.FromSeconds(0.2));

        await Task.WhenAll(waiting, named, blocking, notified).WaitAsync(s_patience);
        while (Volatile.Read(ref _runs) != 15)
        {
            await client.CallAsync("count", [0]);
        }
    }

    [Fact]
    public async Task Calls_made_meanwhile_fail_at_once_where_that_was_chosen()
    {
        await using RestartableServer server = Server();
        await using RpcClient client = await server.ConnectAsync(Options(new() { FailCallsMeanwhile = true }));
        await LoseAsync(server, client);

        RpcConnectionException e = await Assert.ThrowsAsync<RpcConnectionException>(async () => await client.CallAsync<int>("count", [1]));
        Assert.Throws<RpcConnectionException>(() => client.Call<int>("count", [1]));

        Assert.False(e.MayHaveBeenExecuted);
        Assert.Contains("nobody listens", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_that_waits_for_a_connection_ends_at_its_deadline_and_was_not_executed()
    {
        await using RestartableServer server = Server();
        await using RpcClient client = await server.ConnectAsync(Options());
        await LoseAsync(server, client);

        Task<int> waiting = client.CallAsync<int>("count", [1], new RpcCallOptions { Timeout = TimeSpan.FromSeconds(3) }).AsTask();
        await _clock.WhenTimersActive(2);
        _clock.Advance(TimeSpan.FromSeconds(3));

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => waiting.WaitAsync(s_patience));
        Assert.Equal(RpcErrorCode.DeadlineExceeded, e.Code);
        Assert.IsType<TimeoutException>(e.InnerException);
        Assert.Contains("not executed", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_that_waits_for_a_connection_can_be_cancelled()
    {
        await using RestartableServer server = Server();
        await using RpcClient client = await server.ConnectAsync(Options());
        await LoseAsync(server, client);
        using CancellationTokenSource cancel = new();

        Task<int> waiting = client.CallAsync<int>("count", [1], cancel.Token).AsTask();
        await cancel.CancelAsync();

        Assert.Equal(cancel.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting)).CancellationToken);
    }

    [Fact]
    public async Task A_call_that_may_have_been_executed_is_not_executed_again()
    {
        await using RestartableServer server = Server();
        await using RpcClient client = await server.ConnectAsync(Options());
        Task<int> hanging = client.CallAsync<int>("hang").AsTask();
        await _begun.WaitAsync();

        server.BreakConnections();

        RpcConnectionException e = await Assert.ThrowsAsync<RpcConnectionException>(() => hanging.WaitAsync(s_patience));
        Assert.True(e.MayHaveBeenExecuted);
        await client.CallAsync<int>("count", [0]);
        Assert.Equal(1, _runs);
    }

    [Fact]
    public async Task An_idempotent_one_is_whether_the_call_or_the_proxied_member_says_so()
    {
        await using RestartableServer server = Server();
        await using RpcClient client = await server.ConnectAsync(Options());
        Task<int>[] hanging =
        [
            client.CallAsync<int>("hang", [], new RpcCallOptions { Idempotent = true }).AsTask(),
            client.Proxy<ICounting>().HangAsync(),
            Task.Factory.StartNew(() => client.Call<int>("hang", [], new RpcCallOptions { Idempotent = true }), TaskCreationOptions.LongRunning),
        ];
        await BegunAsync(3);

        server.BreakConnections();
        await BegunAsync(3);
        _release.SetResult();

        await Task.WhenAll(hanging).WaitAsync(s_patience);
        Assert.Equal(6, _runs);
    }

    [Fact]
    public async Task An_idempotent_call_that_runs_out_of_time_says_that_an_earlier_attempt_may_have_been_executed()
    {
        await using RestartableServer server = Server();
        await using RpcClient client = await server.ConnectAsync(Options());
        Task<int> hanging = client.CallAsync<int>("hang", [], new RpcCallOptions { Idempotent = true, Timeout = TimeSpan.FromSeconds(3) }).AsTask();
        await _begun.WaitAsync();

        server.Kill();
        while (!hanging.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => hanging);
        Assert.Contains("may have been executed", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("not executed", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_that_is_answered_unavailable_is_tried_again_after_a_while()
    {
        await using RestartableServer server = Server();
        await using RpcClient client = await server.ConnectAsync(Options(new() { Jitter = 0 }));
        _refusals = 2;

        Task<int> call = client.CallAsync<int>("refuse").AsTask();
        await _clock.WhenTimersActive(2);
        _clock.Advance(TimeSpan.FromSeconds(0.2));
        await _clock.WhenTimersActive(2);
        while (!call.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromSeconds(0.32));
            await Task.WhenAny(call, _clock.WhenTimersActive(2));
        }

        Assert.Equal(3, await call);
    }

    [Fact]
    public async Task A_call_that_is_answered_unavailable_until_its_time_is_up_fails_with_that_answer()
    {
        await using RestartableServer server = Server();
        await using RpcClient client = await server.ConnectAsync(Options());
        _refusals = int.MaxValue;

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(
            async () => await client.CallAsync<int>("refuse", [], new RpcCallOptions { Timeout = TimeSpan.FromSeconds(0.1) }));

        Assert.Equal(RpcErrorCode.Unavailable, e.Code);
    }

    [Fact]
    public async Task A_call_whose_sequence_may_have_been_enumerated_is_not_sent_again()
    {
        await using RestartableServer server = Server();
        await using RpcClient client = await server.ConnectAsync(Options());
        _refusals = 1;

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(async () => await client.CallAsync<int>("sum", [Once()], new RpcCallOptions { Idempotent = true }));
        Assert.Equal(RpcErrorCode.Unavailable, e.Code);

        Assert.Equal(3, await client.CallAsync<int>("sum", [Once()]));
    }

    [Fact]
    public async Task A_stream_begins_on_the_next_connection_and_is_not_resumed_when_that_breaks()
    {
        await using RestartableServer server = Server();
        await using RpcClient client = await server.ConnectAsync(Options());
        await LoseAsync(server, client);
        await using IAsyncEnumerator<int> items = client.StreamAsync<int>("items").GetAsyncEnumerator();
        Task<bool> first = items.MoveNextAsync().AsTask();
        server.Start();
        _clock.Advance(TimeSpan.FromSeconds(0.2));
        Assert.True(await first.WaitAsync(s_patience));

        server.BreakConnections();

        await Assert.ThrowsAsync<RpcConnectionException>(async () =>
        {
            while (await items.MoveNextAsync())
            {
            }
        });
    }

    [Fact]
    public async Task Other_errors_come_to_the_caller_as_they_are()
    {
        await using RestartableServer server = Server();
        await using RpcClient client = await server.ConnectAsync(Options());

        Assert.Equal(RpcErrorCode.ApplicationError, (await Assert.ThrowsAsync<RpcCallException>(async () => await client.CallAsync<int>("fail"))).Code);
        Assert.Equal(RpcErrorCode.MethodNotFound, (await Assert.ThrowsAsync<RpcCallException>(async () => await client.CallAsync<int>("nothing"))).Code);
    }

    [Fact]
    public async Task At_a_goaway_new_calls_take_another_connection_while_the_old_ones_come_to_their_end()
    {
        await using RestartableServer server = Server();
        await using RpcClient client = await server.ConnectAsync(Options());
        Task<int> hanging = client.CallAsync<int>("hang").AsTask();
        await _begun.WaitAsync();

        Task stopping = server.ReplaceAsync(TimeSpan.FromHours(1));

        Assert.Equal(5, await client.CallAsync<int>("count", [4]));
        Assert.False(hanging.IsCompleted);
        _release.SetResult();
        Assert.Equal(1, await hanging.WaitAsync(s_patience));
        await stopping.WaitAsync(s_patience);
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
                await (hangs ? late.Task : Task.CompletedTask);
                RpcConnection connection = await server.Target(options).ConnectAsync(CancellationToken.None);
                made.TrySetResult(connection);
                return connection;
            })],
            options,
            default);
        made = new();
        hangs = true;
        server.BreakConnections();
        BlockingCollection<RpcStateChangedEventArgs> states = Watch(client);
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

    public void Dispose() => _begun.Dispose();

    private static async IAsyncEnumerable<int> Once()
    {
        yield return 1;
        await Task.Yield();
        yield return 2;
    }

    private async IAsyncEnumerable<int> ItemsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return 1;
        await _release.Task.WaitAsync(cancellationToken);
    }

    private void Register(RpcServices services) => services
        .Add("items", ItemsAsync)
        .Add("sum", async (IAsyncEnumerable<int> items) =>
        {
            if (_refusals-- > 0)
            {
                throw new RpcException(RpcErrorCode.Unavailable, "later");
            }

            int sum = 0;
            await foreach (int item in items)
            {
                sum += item;
            }

            return sum;
        })
        .Add("count", (int by) => Interlocked.Add(ref _runs, by))
        .Add("fail", int () => throw new RpcException("on purpose"))
        .Add("refuse", int () => _refusals-- > 0 ? throw new RpcException(RpcErrorCode.Unavailable, "later") : 3)
        .Add("hang", async () =>
        {
            int run = Interlocked.Increment(ref _runs);
            _begun.Release();
            await _release.Task;
            return run;
        });

    private RestartableServer Server() => new RestartableServer(Register).Start();

    private RpcClientOptions Options(RpcReconnectOptions? reconnect = null)
        => new() { TimeProvider = _clock, Reconnect = reconnect ?? new RpcReconnectOptions { Jitter = 0 } };

    private static BlockingCollection<RpcStateChangedEventArgs> Watch(RpcClient client)
    {
        BlockingCollection<RpcStateChangedEventArgs> states = [];
        client.StateChanged += (_, change) => states.Add(change);
        return states;
    }

    private static RpcStateChangedEventArgs Next(BlockingCollection<RpcStateChangedEventArgs> states)
        => states.TryTake(out RpcStateChangedEventArgs? change, s_patience) ? change : throw new TimeoutException();

    private async Task BegunAsync(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Assert.True(await _begun.WaitAsync(s_patience));
        }
    }

    // Returns when the first try has failed and the client waits for the second.
    private async Task LoseAsync(RestartableServer server, RpcClient client)
    {
        BlockingCollection<RpcStateChangedEventArgs> states = Watch(client);
        server.Kill();
        Assert.Equal(RpcClientState.Reconnecting, Next(states).State);
        await _clock.WhenTimersActive();
    }
}
