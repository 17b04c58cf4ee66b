using System.Diagnostics.CodeAnalysis;

namespace TrustRpc.Streams;

/// <summary>The time that a stream has as a whole, where its consumer has set one, counted from when it is made.</summary>
[SuppressMessage("Usage", "CA2213", Justification = "The source has no timer of its own, and the timer that is disposed may be about to cancel it.")]
internal sealed class StreamDeadline : IDisposable
{
    /// <summary>No timer waits longer.</summary>
    private static readonly TimeSpan s_longestWait = TimeSpan.FromMilliseconds(int.MaxValue);

    private readonly CancellationTokenSource _up = new();
    private readonly string _method;
    private readonly TimeSpan _time;
    private readonly TimeProvider _clock;
    private readonly long _begun;
    private readonly ITimer _timer;

    public StreamDeadline(string method, TimeSpan time, TimeProvider clock)
    {
        (_method, _time, _clock) = (method, time, clock);
        _begun = clock.GetTimestamp();
        _timer = clock.CreateTimer(static state => ((StreamDeadline)state!).Check(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        WaitFor(time);
    }

    /// <summary>Fires when the time is up.</summary>
    public CancellationToken Token => _up.Token;

    public bool IsUp => _up.IsCancellationRequested;

    public RpcCallException Error
    {
        get
        {
            string message = $"The stream of '{_method}' was not over within {_time.TotalSeconds:0.###} s, which is the time that it was given as a whole.";
            return new RpcCallException(RpcErrorCode.DeadlineExceeded, message, new TimeoutException(message));
        }
    }

    /// <summary>The time that <paramref name="options"/> set for a whole stream; null = none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not more than zero.</exception>
    public static TimeSpan? Of(RpcCallOptions options)
    {
        if (options.StreamTimeout is not { } time || time == Timeout.InfiniteTimeSpan)
        {
            return null;
        }

        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(time, TimeSpan.Zero, nameof(RpcCallOptions.StreamTimeout));
        return time;
    }

    public void Dispose() => _timer.Dispose();

    private void Check()
    {
        TimeSpan left = _time - _clock.GetElapsedTime(_begun);
        if (left > TimeSpan.Zero)
        {
            WaitFor(left);
        }
        else
        {
            _up.Cancel();
        }
    }

    // A timer counts whole milliseconds and would fire early for a fraction.
    private void WaitFor(TimeSpan left)
        => _timer.Change(left < s_longestWait ? TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)) : s_longestWait, Timeout.InfiniteTimeSpan);
}
