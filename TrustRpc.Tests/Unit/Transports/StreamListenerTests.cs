using System.Net.Sockets;
using TrustRpc.Tests.Support;
using TrustRpc.Transports;

namespace TrustRpc.Tests.Unit.Transports;

public class StreamListenerTests
{
    [Fact]
    public async Task Running_out_of_descriptors_ends_in_longer_and_longer_pauses_and_then_in_a_link()
    {
        var time = new ImpatientTime();
        var link = new NoLink();
        int attempts = 0;
        await using var listener = new StreamListener(
            RpcEndpoint.Parse("unix:x"),
            _ => ++attempts <= 14 ? throw new SocketException((int)SocketError.TooManyOpenSockets) : new ValueTask<TransportLink?>(link),
            new MemoryStream(),
            time);

        Assert.Same(link, await listener.AcceptAsync().AsTask().WaitAsync(TransportKit.Patience));

        Assert.Equal(14, time.Pauses.Count);
        Assert.Equal(time.Pauses.Order(), time.Pauses);
        Assert.Equal(TimeSpan.FromMilliseconds(1), time.Pauses[0]);
        Assert.Equal(TimeSpan.FromSeconds(1), time.Pauses[^1]);
    }

    [Fact]
    public async Task Whatever_goes_wrong_accepting_goes_on_and_each_series_of_failures_is_told_once()
    {
        List<string> told = [];
        int attempts = 0;
        await using var listener = new StreamListener(
            RpcEndpoint.Parse("unix:x"),
            _ => ++attempts % 4 != 0 ? throw new InvalidOperationException($"No {attempts}.") : new ValueTask<TransportLink?>(new NoLink()),
            new MemoryStream(),
            new ImpatientTime(),
            failed: (endpoint, e) => told.Add($"{endpoint} {e.Message}"));

        Assert.NotNull(await listener.AcceptAsync().AsTask().WaitAsync(TransportKit.Patience));
        Assert.NotNull(await listener.AcceptAsync().AsTask().WaitAsync(TransportKit.Patience));

        Assert.Equal(["unix:x No 1.", "unix:x No 5."], told);
    }

    [Theory]
    [InlineData(SocketError.ConnectionReset)]
    [InlineData(SocketError.ConnectionAborted)]
    public async Task A_peer_that_resets_costs_no_pause(SocketError error)
    {
        var time = new ImpatientTime();
        int attempts = 0;
        await using var listener = new StreamListener(
            RpcEndpoint.Parse("unix:x"),
            _ => ++attempts <= 100 ? throw new SocketException((int)error) : new ValueTask<TransportLink?>(new NoLink()),
            new MemoryStream(),
            time);

        Assert.NotNull(await listener.AcceptAsync());
        Assert.Empty(time.Pauses);
    }

    [Fact]
    public async Task A_listener_that_blocks_blocks_its_own_thread_after_a_pause_as_well()
    {
        List<int> threads = [];
        await using var listener = new StreamListener(
            RpcEndpoint.Parse("unix:x"),
            _ =>
            {
                threads.Add(Environment.CurrentManagedThreadId);
                return threads.Count == 1 ? throw new SocketException((int)SocketError.TooManyOpenSockets) : new ValueTask<TransportLink?>(new NoLink());
            },
            new MemoryStream(),
            new ImpatientTime(),
            blocks: true);

        int own = await Patience.OnOwnThread(() =>
        {
            Assert.NotNull(listener.AcceptAsync().AsTask().GetAwaiter().GetResult());
            return Environment.CurrentManagedThreadId;
        }).InTime();

        Assert.Equal([own, own], threads);
    }

    [Fact]
    public async Task A_pause_ends_at_disposal()
    {
        using var owned = new MemoryStream();
        var listener = new StreamListener(
            RpcEndpoint.Parse("unix:x"),
            _ => throw new SocketException((int)SocketError.TooManyOpenSockets),
            owned,
            new StandingTime());
        Task<TransportLink?> accepting = listener.AcceptAsync().AsTask();

        await listener.DisposeAsync();

        Assert.Null(await accepting.WaitAsync(TransportKit.Patience));
        Assert.False(owned.CanRead);
    }

    private sealed class NoLink : TransportLink
    {
        public override Stream Stream => Stream.Null;

        public override TrustChannel Channel => TrustChannel.Other;

        public override RpcTransport Transport => RpcTransport.Stream;

        public override string RemoteAddress => "";

        public override void Abort()
        {
        }

        public override ValueTask DisposeAsync() => default;
    }

    /// <summary>Every timer fires at once.</summary>
    private sealed class ImpatientTime : TimeProvider
    {
        public List<TimeSpan> Pauses { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Pauses.Add(dueTime);
            return System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }

    /// <summary>No timer ever fires.</summary>
    private sealed class StandingTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
            => System.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}
