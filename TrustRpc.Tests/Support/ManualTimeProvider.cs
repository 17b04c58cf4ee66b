namespace TrustRpc.Tests.Support;

/// <summary>A clock that moves only when a test moves it. Timers that have come due fire on the thread that calls <see cref="Advance"/>, in order.</summary>
public sealed class ManualTimeProvider : TimeProvider
{
    private readonly object _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiters = [];
    private long _now;

    /// <summary>What the clock showed at the beginning.</summary>
    public DateTimeOffset Start { get; init; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>Timers that will fire some day.</summary>
    public int ActiveTimers
    {
        get
        {
            lock (_gate)
            {
                return _timers.Count;
            }
        }
    }

    public override DateTimeOffset GetUtcNow() => Start + new TimeSpan(Interlocked.Read(ref _now));

    public override long GetTimestamp() => Interlocked.Read(ref _now);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ManualTimer timer = new(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Completes as soon as at least that many timers are active: then something waits for the clock.</summary>
    public Task WhenTimersActive(int count = 1)
    {
        lock (_gate)
        {
            if (_timers.Count >= count) return Task.CompletedTask;
            TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((count, reached));
            return reached.Task;
        }
    }

    /// <summary>Completes as soon as a timer is active that is due after exactly that time: then something waits for it.</summary>
    public Task WhenDueAfter(TimeSpan delay) => Patience.UntilAsync(() =>
    {
        lock (_gate)
        {
            return _timers.Exists(timer => timer.Due == _now + delay.Ticks);
        }
    }, $"a timer that is due after {delay}");

    /// <summary>Moves the clock on, stopping at every timer on the way.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        long target = GetTimestamp() + by.Ticks;
        while (TakeDue(target) is { } timer)
            timer.Fire();
        lock (_gate)
        {
            _now = Math.Max(_now, target);
        }
    }

    private ManualTimer? TakeDue(long target)
    {
        lock (_gate)
        {
            ManualTimer? next = _timers.Where(timer => timer.Due <= target).MinBy(timer => timer.Due);
            if (next is null) return null;
            _now = Math.Max(_now, next.Due);
            if (next.Period > 0)
                next.Due += next.Period;
            else
                _timers.Remove(next);
            return next;
        }
    }

    private bool Schedule(ManualTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
        {
            _timers.Remove(timer);
            if (timer.IsDisposed) return false;
            timer.Period = period > TimeSpan.Zero ? period.Ticks : 0;
            if (dueTime == Timeout.InfiniteTimeSpan) return true;
            timer.Due = _now + dueTime.Ticks;
            _timers.Add(timer);
            foreach ((int count, TaskCompletionSource reached) in _waiters)
            {
                if (_timers.Count >= count) reached.TrySetResult();
            }

            _waiters.RemoveAll(waiter => waiter.Reached.Task.IsCompleted);
            return true;
        }
    }

    private sealed class ManualTimer(ManualTimeProvider owner, TimerCallback callback, object? state) : ITimer
    {
        public long Due { get; set; }

        public long Period { get; set; }

        public bool IsDisposed { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period) => owner.Schedule(this, dueTime, period);

        public void Dispose()
        {
            IsDisposed = true;
            owner.Schedule(this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
