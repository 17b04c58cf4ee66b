namespace TrustRpc.Connections;

/// <summary>
/// One timer for all deadlines of a connection. It knows the earliest alone: calls come and go without touching it as long as theirs are later.
/// </summary>
internal sealed class DeadlineTimer(TimeProvider time, Func<long, long> expire) : IDisposable
{
    /// <summary>What a time span holds: 292,000 years.</summary>
    private const long MostMilliseconds = long.MaxValue / TimeSpan.TicksPerMillisecond;

    private readonly Lock _gate = new();
    private ITimer? _timer;
    private long _next = long.MaxValue;
    private bool _disposed;

    /// <summary>The time it is. Asking for it costs a call as much as looking at its message: once is enough.</summary>
    public long Now => time.GetTimestamp();

    /// <summary>The timestamp so far from now; <see cref="long.MaxValue"/> for zero, infinite and what is as good as that.</summary>
    public long After(TimeSpan delay) => After(delay, Now);

    /// <summary>The same from a time on that is known already.</summary>
    public long After(TimeSpan delay, long now)
    {
        double ticks = delay.TotalSeconds * time.TimestampFrequency;
        return delay <= TimeSpan.Zero || ticks > long.MaxValue / 4 ? long.MaxValue : now + (long)ticks;
    }

    /// <summary>The same of milliseconds as they travel.</summary>
    public long After(long milliseconds, long now) => After(TimeSpan.FromMilliseconds(Math.Min(milliseconds, MostMilliseconds)), now);

    /// <summary>What is left until a timestamp; infinite for <see cref="long.MaxValue"/>.</summary>
    public TimeSpan Until(long deadline) => Until(deadline, Now);

    /// <summary>The same in whole milliseconds as they travel: at least 1; 0 for <see cref="long.MaxValue"/>.</summary>
    public long MillisecondsUntil(long deadline, long now)
        => deadline == long.MaxValue ? 0 : Math.Max(1, (long)Math.Ceiling(Until(deadline, now).TotalMilliseconds));

    /// <summary>Sees to it that <c>expire</c> is called when that time has come: with the time it is, to answer with the next one.</summary>
    public void Watch(long deadline)
    {
        if (deadline >= Volatile.Read(ref _next))
        {
            return;
        }

        ITimer timer;
        lock (_gate)
        {
            if (deadline >= _next || _disposed)
            {
                return;
            }

            _next = deadline;
            timer = _timer ??= CreateTimer();
        }

        Set(timer, deadline);
    }

    // Not under the lock: a timer of the program's own may fire where it is set, and what a deadline ends runs code of the user's. So two may set it in the wrong order, and who does so last looks again.
    private void Set(ITimer timer, long deadline)
    {
        long set;
        do
        {
            set = deadline;
            TimeSpan due = Until(set);
            timer.Change(due > TimeSpan.Zero ? RoundUp(due) : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
            Interlocked.MemoryBarrier();
            deadline = Volatile.Read(ref _next);
        }
        while (deadline < set);
    }

    public void Dispose()
    {
        ITimer? timer;
        lock (_gate)
        {
            _disposed = true;
            timer = _timer;
        }

        timer?.Dispose();
    }

    // A timer counts whole milliseconds and would fire early for a fraction.
    private static TimeSpan RoundUp(TimeSpan due) => TimeSpan.FromMilliseconds(Math.Min(Math.Ceiling(due.TotalMilliseconds), int.MaxValue));

    private TimeSpan Until(long deadline, long now) => deadline == long.MaxValue ? Timeout.InfiniteTimeSpan : time.GetElapsedTime(now, deadline);

    private ITimer CreateTimer()
    {
        // The timer outlives the call that first needed it: it must not keep that caller's context.
        using (ExecutionContext.SuppressFlow())
        {
            return time.CreateTimer(static state => ((DeadlineTimer)state!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private void Fire()
    {
        lock (_gate)
        {
            _next = long.MaxValue;
        }

        Watch(expire(time.GetTimestamp()));
    }
}
