using TrustRpc.Connections;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Connections;

public sealed class DeadlineTimerTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly List<long> _fired = [];
    private readonly DeadlineTimer _timer;
    private Func<long, long> _next = _ => long.MaxValue;

    public DeadlineTimerTests() => _timer = new DeadlineTimer(_time, now =>
    {
        _fired.Add(now);
        return _next(now);
    });

    [Fact]
    public void It_fires_when_the_earliest_deadline_has_come_and_not_before()
    {
        _timer.Watch(At(30));
        _timer.Watch(At(10));
        _timer.Watch(At(20));

        Advance(9);
        Assert.Empty(_fired);
        Advance(1);
        Assert.Equal([At(0)], _fired);
    }

    [Fact]
    public void It_goes_on_with_the_time_that_it_was_answered()
    {
        long second = At(25);
        _next = now => now < second ? second : long.MaxValue;
        _timer.Watch(At(10));

        Advance(10);
        Advance(14);
        Assert.Single(_fired);
        Advance(1);
        Assert.Equal(2, _fired.Count);
        Advance(1000);
        Assert.Equal(2, _fired.Count);
    }

    [Fact]
    public void A_later_deadline_costs_no_timer()
    {
        _timer.Watch(At(10));
        Assert.Equal(1, _time.ActiveTimers);

        for (int i = 11; i < 100; i++)
            _timer.Watch(At(i));

        Assert.Equal(1, _time.ActiveTimers);
        Advance(10);
        Assert.Single(_fired);
    }

    [Fact]
    public void A_deadline_that_has_passed_fires_at_once()
    {
        _timer.Watch(_time.GetTimestamp() - 1);
        Advance(0);

        Assert.Single(_fired);
    }

    [Fact]
    public void No_deadline_needs_no_timer_at_all()
    {
        _timer.Watch(long.MaxValue);

        Assert.Equal(0, _time.ActiveTimers);
    }

    [Fact]
    public void Once_disposed_it_never_fires_and_watches_nothing()
    {
        _timer.Watch(At(10));
        _timer.Dispose();
        _timer.Watch(At(5));
        Advance(100);

        Assert.Empty(_fired);
        Assert.Equal(0, _time.ActiveTimers);
    }

    [Fact]
    public void It_rounds_up_so_that_nobody_is_told_too_early()
    {
        _timer.Watch(_time.GetTimestamp() + 1);

        Advance(1);

        Assert.Single(_fired);
        Assert.Equal(1, _timer.MillisecondsUntil(_time.GetTimestamp() + 1, _timer.Now));
        Assert.Equal(2, _timer.MillisecondsUntil(At(1) + 1, _timer.Now));
        Assert.Equal(1, _timer.MillisecondsUntil(At(-50), _timer.Now));
        Assert.Equal(0, _timer.MillisecondsUntil(long.MaxValue, _timer.Now));
    }

    [Fact]
    public void Zero_infinite_and_what_is_as_good_as_that_are_never()
    {
        Assert.Equal(long.MaxValue, _timer.After(TimeSpan.Zero));
        Assert.Equal(long.MaxValue, _timer.After(Timeout.InfiniteTimeSpan));
        Assert.Equal(long.MaxValue, _timer.After(TimeSpan.MaxValue));
        Assert.Equal(At(7), _timer.After(TimeSpan.FromMilliseconds(7)));
        Assert.Equal(TimeSpan.FromMilliseconds(7), _timer.Until(At(7)));
        Assert.Equal(Timeout.InfiniteTimeSpan, _timer.Until(long.MaxValue));
    }

    [Fact]
    public void A_clock_that_fires_where_it_is_set_holds_up_no_other_thread()
    {
        DeadlineTimer timer = null!;
        int calls = 0;
        bool cameBack = false;
        using DeadlineTimer made = timer = new DeadlineTimer(new ImmediateTime(), _ =>
        {
            if (Interlocked.Increment(ref calls) == 1)
                cameBack = Patience.OnOwnThread(() =>
                {
                    timer.Watch(2);
                    return true;
                }).Wait(Patience.Limit);
            return long.MaxValue;
        });

        timer.Watch(1);

        Assert.True(cameBack, "The other thread was held up.");
        Assert.Equal(2, calls);
    }

    public void Dispose() => _timer.Dispose();

    private long At(int milliseconds) => _time.GetTimestamp() + TimeSpan.FromMilliseconds(milliseconds).Ticks;

    private void Advance(int milliseconds) => _time.Advance(TimeSpan.FromMilliseconds(milliseconds));

    /// <summary>It is always later than anybody waits for, and a timer that is due fires on the thread that sets it.</summary>
    private sealed class ImmediateTime : TimeProvider
    {
        public override long GetTimestamp() => 1000;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new Immediate(() => callback(state));

        private sealed class Immediate(Action fire) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                if (dueTime == TimeSpan.Zero) fire();
                return true;
            }

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => default;
        }
    }
}
