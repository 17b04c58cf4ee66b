using TrustRpc.Hosting;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Hosting;

public class RedialerTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly List<(string Name, TimeSpan At)> _dials = [];
    private readonly Dictionary<string, RpcException> _answers = [];

    [Fact]
    public async Task It_tries_at_once_and_then_at_growing_intervals_until_it_is_told_to_stop()
    {
        using CancellationTokenSource stop = new();
        Answer("a", new RpcConnectionException("nobody"));
        Task<RpcConnection> dialing = Redial(new() { Jitter = 0 }, "a").ConnectAsync(stop.Token);

        foreach (double delay in new[] { 0.2, 0.32, 0.512 })
        {
            await _clock.WhenTimersActive();
            int before = _dials.Count;
            _clock.Advance(TimeSpan.FromSeconds(delay) - TimeSpan.FromMilliseconds(1));
            Assert.Equal(before, _dials.Count);
            _clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        await _clock.WhenTimersActive();
        Assert.Equal([0, 0.2, 0.52, 1.032], _dials.Select(dial => dial.At.TotalSeconds));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dialing);
    }

    [Fact]
    public async Task Three_refusals_of_the_secret_in_a_row_end_it_with_an_error_that_says_so()
    {
        Answer("a", new TrustException(TrustFailure.SecretDiffers, "TRUST_ID differs."));

        TrustException e = await Assert.ThrowsAsync<TrustException>(() => DialThroughAsync(Redial(new(), "a")));

        Assert.Equal(TrustFailure.SecretDiffers, e.Failure);
        Assert.Contains("3 refusals in a row", e.Message, StringComparison.Ordinal);
        Assert.Contains("TRUST_ID differs.", e.Message, StringComparison.Ordinal);
        Assert.Equal(3, _dials.Count);
    }

    [Fact]
    public async Task A_failure_of_another_kind_between_them_begins_the_count_anew()
    {
        using CancellationTokenSource stop = new();
        TrustException refusal = new(TrustFailure.SecretDiffers, "no");
        _answers["a"] = refusal;
        RpcReconnectOptions options = new() { Jitter = 0 };
        Task<RpcConnection> dialing = Redial(options, "a").ConnectAsync(stop.Token);
        BackOff delays = new(options);
        delays.Next();

        for (int i = 1; i < 12; i++)
        {
            await _clock.WhenTimersActive();
            _answers["a"] = i % 3 == 2 ? new TrustException(TrustFailure.Busy, "busy") : refusal;
            _clock.Advance(delays.Next());
        }

        await _clock.WhenTimersActive();
        Assert.Equal(12, _dials.Count);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dialing);
    }

    [Fact]
    public async Task A_server_that_proves_itself_may_ask_for_patience()
    {
        Answer("a", new TrustException(TrustFailure.Busy, "busy") { Proven = true, RetryAfter = TimeSpan.FromSeconds(42) });

        await DialTwiceAsync(Redial(new() { Jitter = 0 }, "a"), TimeSpan.FromSeconds(42));

        Assert.Equal([0, 42], _dials.Select(dial => dial.At.TotalSeconds));
    }

    [Fact]
    public async Task Somebody_unknown_may_not()
    {
        Answer("a", new TrustException(TrustFailure.Busy, "busy") { Proven = false, RetryAfter = TimeSpan.FromSeconds(42) });

        await DialTwiceAsync(Redial(new() { Jitter = 0 }, "a"), TimeSpan.FromSeconds(0.2));

        Assert.Equal([0, 0.2], _dials.Select(dial => dial.At.TotalSeconds));
    }

    [Fact]
    public async Task Each_round_tries_the_endpoints_in_their_order_and_passes_over_one_that_asked_for_patience()
    {
        Answer("a", new RpcConnectionException("nobody"));
        Answer("b", new TrustException(TrustFailure.Busy, "busy") { Proven = true, RetryAfter = TimeSpan.FromSeconds(1) });
        Answer("c", new RpcConnectionException("nobody"));

        await DialTwiceAsync(Redial(new() { Jitter = 0 }, "a", "b", "c"), TimeSpan.FromSeconds(0.2));

        Assert.Equal(["a", "b", "c", "a", "c"], _dials.Select(dial => dial.Name));
    }

    [Fact]
    public async Task Where_all_ask_for_patience_the_shortest_time_counts()
    {
        Answer("a", new TrustException(TrustFailure.Busy, "busy") { Proven = true, RetryAfter = TimeSpan.FromSeconds(9) });
        Answer("b", new TrustException(TrustFailure.Locked, "locked") { Proven = true, RetryAfter = TimeSpan.FromSeconds(5) });

        await DialTwiceAsync(Redial(new() { Jitter = 0 }, "a", "b"), TimeSpan.FromSeconds(5));

        Assert.Equal([("a", 0), ("b", 0), ("b", 5)], _dials.Select(dial => (dial.Name, dial.At.TotalSeconds)));
    }

    [Fact]
    public async Task A_failed_round_says_why_for_each_endpoint()
    {
        Answer("unix:a", new RpcConnectionException("no such file."));
        Answer("tcp:b", new RpcConnectionException("refused."));

        RpcConnectionException e = await Assert.ThrowsAsync<RpcConnectionException>(() => Dialer("unix:a", "tcp:b").ConnectAsync(default));

        Assert.Contains("unix:a: no such file. tcp:b: refused.", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_single_endpoint_fails_with_its_own_exception()
    {
        RpcConnectionException own = new("no such file.");
        Answer("a", own);

        Assert.Same(own, await Assert.ThrowsAsync<RpcConnectionException>(() => Dialer("a").ConnectAsync(default)));
    }

    [Fact]
    public async Task A_refusal_of_the_secret_is_what_a_failed_round_reports()
    {
        Answer("a", new TrustException(TrustFailure.Busy, "busy."));
        Answer("b", new TrustException(TrustFailure.SecretDiffers, "differs."));

        TrustException e = await Assert.ThrowsAsync<TrustException>(() => Dialer("a", "b").ConnectAsync(default));

        Assert.Equal(TrustFailure.SecretDiffers, e.Failure);
    }

    [Fact]
    public async Task A_server_that_takes_connections_and_drops_them_at_once_is_not_hammered()
    {
        await using RestartableServer server = new RestartableServer(_ => { }).Start();
        RpcClientOptions options = new() { TimeProvider = _clock };
        Redialer dialer = new(new FallbackDialer([server.Target(options)], _clock), new RpcReconnectOptions { Jitter = 0 }, _clock);

        await (await dialer.ConnectAsync(default)).CloseAsync();
        Task<RpcConnection> second = dialer.ConnectAsync(default);
        await _clock.WhenTimersActive();
        Assert.Equal(1, server.Dials);
        _clock.Advance(TimeSpan.FromSeconds(0.2));
        await (await second).CloseAsync();

        _clock.Advance(TimeSpan.FromSeconds(1));
        await (await dialer.ConnectAsync(default)).CloseAsync();
        Assert.Equal(3, server.Dials);
    }

    private void Answer(string name, RpcException e) => _answers[name] = e;

    private FallbackDialer Dialer(params string[] names) => new(Array.ConvertAll(names, Target), _clock);

    private Redialer Redial(RpcReconnectOptions options, params string[] names) => new(Dialer(names), options, _clock);

    private DialTarget Target(string name) => new(name, _ =>
    {
        _dials.Add((name, _clock.GetUtcNow() - _clock.Start));
        return Task.FromException<RpcConnection>(_answers[name]);
    });

    private async Task DialTwiceAsync(Redialer dialer, TimeSpan delay)
    {
        using CancellationTokenSource stop = new();
        Task<RpcConnection> dialing = dialer.ConnectAsync(stop.Token);
        int first = _dials.Count;
        await _clock.WhenTimersActive();
        _clock.Advance(delay - TimeSpan.FromMilliseconds(1));
        Assert.Equal(first, _dials.Count);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await _clock.WhenTimersActive();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dialing);
    }

    private async Task<RpcConnection> DialThroughAsync(Redialer dialer)
    {
        Task<RpcConnection> dialing = dialer.ConnectAsync(default);
        while (await Task.WhenAny(dialing, _clock.WhenTimersActive()) != dialing)
        {
            _clock.Advance(TimeSpan.FromSeconds(10));
        }

        return await dialing;
    }
}
