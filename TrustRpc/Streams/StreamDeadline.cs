namespace TrustRpc.Streams;

/// <summary>The time that a stream has as a whole, where its consumer has set one, counted from when it is made.</summary>
internal sealed class StreamDeadline(string method, TimeSpan time, TimeProvider clock) : IDisposable
{
    private readonly CancellationTokenSource _up = new(time, clock);

    /// <summary>Fires when the time is up.</summary>
    public CancellationToken Token => _up.Token;

    public bool IsUp => _up.IsCancellationRequested;

    public RpcCallException Error
    {
        get
        {
            string message = $"The stream of '{method}' was not over within {time.TotalSeconds:0.###} s, which is the time that it was given as a whole.";
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
        return time.TotalMilliseconds < int.MaxValue ? time : null;
    }

    public void Dispose() => _up.Dispose();
}
