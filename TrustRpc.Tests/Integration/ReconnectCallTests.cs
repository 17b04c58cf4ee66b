using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration;

/// <summary>What becomes of calls and streams when a reconnecting client's connection is lost.</summary>
public sealed class ReconnectCallTests : ReconnectScene
{
    [RpcService]
    public interface ICounting
    {
        [RpcMethod("hang", Idempotent = true)]
        Task<int> HangAsync();
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
    public async Task A_method_that_lets_through_what_another_was_answered_has_run_and_is_not_called_again()
    {
        await using RestartableServer server = Server();
        await using RpcClient client = await server.ConnectAsync(Options());

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(async () => await client.CallAsync<int>("passOn"));

        Assert.Equal(RpcErrorCode.InternalError, e.Code);
        Assert.Equal(1, _runs);
    }

    [Theory]
    [InlineData(0)]
    [InlineData((int)RpcErrorCode.DeadlineExceeded)]
    [InlineData((int)RpcErrorCode.ApplicationError)]
    public async Task A_method_that_blames_a_call_of_its_own_that_may_have_been_executed_is_not_called_again(int code)
    {
        await using RestartableServer server = Server();
        await using RpcClient client = await server.ConnectAsync(Options());

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(async () => await client.CallAsync<int>("blame", [code]));

        Assert.Equal((RpcErrorCode.ApplicationError, "run 1"), (e.Code, e.Message));
        Assert.Equal(1, _runs);
    }

    [Fact]
    public async Task A_method_that_copies_the_code_of_a_call_that_was_lost_after_it_may_have_been_executed_is_not_called_again()
    {
        await using RestartableServer server = Server();
        await using RpcClient client = await server.ConnectAsync(Options());

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(async () => await client.CallAsync<int>("copy"));

        Assert.Equal((RpcErrorCode.Cancelled, 1), (e.Code, _runs));
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

    private static async IAsyncEnumerable<int> Once()
    {
        yield return 1;
        await Task.Yield();
        yield return 2;
    }
}
