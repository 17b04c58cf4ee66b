using System.Collections.Concurrent;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration;

public sealed class CallTimeoutTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly SemaphoreSlim _begun = new(0);
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _runs;

    [RpcService]
    public interface IWaiting
    {
        Task WaitAsync();

        [RpcMethod("wait", TimeoutMilliseconds = 7_000)]
        Task WaitSevenSecondsAsync();

        [RpcMethod("Wait2", TimeoutMilliseconds = Timeout.Infinite)]
        Task WaitForEverAsync();
    }

    public interface IWrong
    {
        [RpcMethod(TimeoutMilliseconds = -2)]
        Task WaitAsync();
    }

    [Fact]
    public async Task A_call_that_says_nothing_waits_30_s()
    {
        await using RestartableServer server = Waiting();
        await using RpcClient client = await server.ConnectAsync(Options());

        await FailsAfterAsync(30, client.CallAsync<int>("wait").AsTask());
    }

    [Fact]
    public async Task The_clients_options_say_how_long_calls_wait()
    {
        await using RestartableServer server = Waiting();
        await using RpcClient client = await server.ConnectAsync(Options(callTimeout: TimeSpan.FromSeconds(3)));

        await FailsAfterAsync(3, client.CallAsync<int>("wait").AsTask());
    }

    [Fact]
    public async Task A_call_may_say_how_long_it_waits()
    {
        await using RestartableServer server = Waiting();
        await using RpcClient client = await server.ConnectAsync(Options());
        RpcCallOptions two = new() { Timeout = TimeSpan.FromSeconds(2) };

        await FailsAfterAsync(2, client.CallAsync<int>("wait", [], two).AsTask());
        await FailsAfterAsync(2, client.CallAsync("wait", new { }, two).AsTask());
        await FailsAfterAsync(2, Task.Run(() => client.Call<int>("wait", [], two)));
    }

    [Fact]
    public async Task A_member_of_a_proxied_interface_may_say_how_long_its_calls_wait()
    {
        await using RestartableServer server = Waiting();
        await using RpcClient client = await server.ConnectAsync(Options());

        await FailsAfterAsync(7, client.Proxy<IWaiting>().WaitSevenSecondsAsync());
    }

    [Fact]
    public async Task A_negative_timeout_of_a_member_is_refused_when_the_proxy_is_made()
    {
        await using RestartableServer server = Waiting();
        await using RpcClient client = await server.ConnectAsync(Options());

        Assert.Contains("negative timeout", Assert.ThrowsAny<Exception>(client.Proxy<IWrong>).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_infinite_timeout_is_none()
    {
        await using RestartableServer server = Waiting();
        await using RpcClient client = await server.ConnectAsync(Options());

        Task<int> call = client.CallAsync<int>("wait", [], new RpcCallOptions { Timeout = Timeout.InfiniteTimeSpan }).AsTask();
        await _begun.WaitAsync();
        _clock.Advance(TimeSpan.FromDays(20));
        _release.SetResult();

        Assert.Equal(1, await call);
    }

    [Fact]
    public async Task A_call_whose_time_is_up_before_it_is_sent_is_not_executed()
    {
        await using RestartableServer server = Waiting();
        await using RpcClient client = await server.ConnectAsync(Options());

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(async () => await client.CallAsync<int>("wait", [], new RpcCallOptions { Timeout = TimeSpan.Zero }));

        Assert.Equal(RpcErrorCode.DeadlineExceeded, e.Code);
        Assert.Contains("not executed", e.Message, StringComparison.Ordinal);
        Assert.Equal(0, _runs);
    }

    [Fact]
    public async Task A_negative_timeout_is_refused()
    {
        await using RestartableServer server = Waiting();
        await using RpcClient client = await server.ConnectAsync(Options());

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await client.CallAsync<int>("wait", [], new RpcCallOptions { Timeout = TimeSpan.FromSeconds(-2) }));
    }

    [Fact]
    public async Task A_call_that_waits_for_its_turn_ends_at_its_deadline_and_was_not_executed()
    {
        await using RestartableServer server = Waiting(new RpcServerOptions { KeepAlive = TimeSpan.Zero, MaxCallsPerConnection = 1 });
        await using RpcClient client = await server.ConnectAsync(Options());
        Task<int> first = client.CallAsync<int>("wait", [], new RpcCallOptions { Timeout = Timeout.InfiniteTimeSpan }).AsTask();
        await _begun.WaitAsync();

        Task<int> second = client.CallAsync<int>("wait").AsTask();
        _clock.Advance(TimeSpan.FromSeconds(30) - TimeSpan.FromMilliseconds(1));
        Assert.False(second.IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(2));

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => second);
        Assert.Equal(RpcErrorCode.DeadlineExceeded, e.Code);
        Assert.IsType<TimeoutException>(e.InnerException);
        Assert.Contains("not executed", e.Message, StringComparison.Ordinal);
        _release.SetResult();
        Assert.Equal(1, await first);
        Assert.Equal(2, await client.CallAsync<int>("wait"));
    }

    [Fact]
    public async Task What_is_left_of_the_time_is_what_a_method_that_calls_back_passes_on()
    {
        TaskCompletionSource<TimeSpan> inner = new();
        await using RestartableServer server = new RestartableServer(services => services.Add("outer", async (RpcContext context) =>
        {
            _clock.Advance(TimeSpan.FromSeconds(4));
            await context.CallAsync("inner");
        }))
        { Options = new() { KeepAlive = TimeSpan.Zero, TimeProvider = _clock } }.Start();
        RpcClientOptions options = Options();
        options.Services.Add("inner", (RpcContext context) => inner.SetResult(context.TimeLeft));
        await using RpcClient client = await server.ConnectAsync(options);

        await client.CallAsync("outer", [], new RpcCallOptions { Timeout = TimeSpan.FromSeconds(10) });

        Assert.Equal(TimeSpan.FromSeconds(6), await inner.Task);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Methods_whose_calls_back_end_with_their_time_or_their_connection_have_not_failed_unexpectedly(bool timeIsUp)
    {
        const int Calls = 100;
        ConcurrentQueue<RpcErrorCode> codes = [];
        ConcurrentQueue<string> unexpected = [];
        await using RestartableServer server = new RestartableServer(services => services.Add("outer", (RpcContext context) => context.CallAsync("wait").AsTask()))
        { Options = new() { KeepAlive = TimeSpan.Zero, TimeProvider = _clock } }.Start();
        server.Running.CallCompleted += (_, e) => codes.Enqueue(e.Code);
        server.Running.Error += (_, e) => unexpected.Enqueue(e.Message);
        RpcClientOptions options = new() { TimeProvider = new ManualTimeProvider() };
        options.Services.Add("wait", () => WaitAsync(CancellationToken.None));
        await using RpcClient client = await server.ConnectAsync(options);
        Task[] calls = [.. Enumerable.Range(0, Calls).Select(_ => client.CallAsync("outer", [], new RpcCallOptions { Timeout = TimeSpan.FromSeconds(10) }).AsTask())];
        for (int i = 0; i < Calls; i++)
        {
            await _begun.WaitAsync().InTime();
        }

        if (timeIsUp)
        {
            _clock.Advance(TimeSpan.FromSeconds(11));
        }
        else
        {
            server.BreakConnections();
        }

        foreach (Task call in calls)
        {
            Assert.Equal(timeIsUp ? RpcErrorCode.DeadlineExceeded : RpcErrorCode.Cancelled, (await Assert.ThrowsAnyAsync<RpcException>(() => call.InTime())).Code);
        }

        await Patience.UntilAsync(() => codes.Count == Calls);
        Assert.All(codes, code => Assert.Equal(timeIsUp ? RpcErrorCode.DeadlineExceeded : RpcErrorCode.Cancelled, code));
        Assert.Empty(unexpected);
    }

    [Fact]
    public async Task A_call_without_a_limit_gives_its_method_none()
    {
        TaskCompletionSource<(TimeSpan, TimeSpan?)> seen = new();
        await using RestartableServer server = new RestartableServer(services => services.Add(
            "look", (RpcContext context) => seen.SetResult((context.TimeLeft, context.CallOptions.Timeout)))).Start();
        await using RpcClient client = await server.ConnectAsync(new RpcClientOptions { CallTimeout = Timeout.InfiniteTimeSpan });

        await client.CallAsync("look");

        Assert.Equal((Timeout.InfiniteTimeSpan, null), await seen.Task);
    }

    [Fact]
    public async Task Calls_that_the_server_makes_wait_as_its_own_options_say()
    {
        await using RestartableServer server = new RestartableServer(_ => { })
        { Options = new() { KeepAlive = TimeSpan.Zero, CallTimeout = TimeSpan.FromSeconds(5), TimeProvider = _clock } }.Start();
        RpcClientOptions options = new();
        options.Services.Add("wait", WaitAsync);
        await using RpcClient client = await server.ConnectAsync(options);

        await FailsAfterAsync(5, server.Running.Connections.Single().CallAsync<int>("wait").AsTask());
    }

    public void Dispose() => _begun.Dispose();

    private RpcClientOptions Options(TimeSpan? callTimeout = null)
        => new() { TimeProvider = _clock, CallTimeout = callTimeout ?? new RpcClientOptions().CallTimeout };

    private RestartableServer Waiting(RpcServerOptions? options = null) => new RestartableServer(services => services.Add("wait", WaitAsync))
    { Options = options ?? new() { KeepAlive = TimeSpan.Zero } }.Start();

    private async Task<int> WaitAsync(CancellationToken cancellationToken)
    {
        int run = Interlocked.Increment(ref _runs);
        _begun.Release();
        await _release.Task.WaitAsync(cancellationToken);
        return run;
    }

    private async Task FailsAfterAsync(double seconds, Task call)
    {
        await _begun.WaitAsync();
        _clock.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
        Assert.False(call.IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(2));
        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => call);
        Assert.Equal(RpcErrorCode.DeadlineExceeded, e.Code);
        Assert.IsType<TimeoutException>(e.InnerException);
    }
}
