namespace TrustRpc.Streams;

/// <summary>
/// The token of a method that has returned sequences within a value. It is theirs together: each has one of its own besides, so that one which ends before its time ends no other, and
/// this fires when the last has ended. Thread-safe.
/// </summary>
/// <param name="source">Of the method's token.</param>
internal sealed class MethodToken(CancellationTokenSource source)
{
    private int _open;
    private volatile bool _isNeeded;

    /// <summary>One more sequence; all of them before the first is in anybody's hands.</summary>
    public void Join() => Interlocked.Increment(ref _open);

    /// <summary>A sequence has ended; to be called once for each.</summary>
    /// <param name="early">Its enumerator had not: what it does under the method's token is to end.</param>
    public void Leave(bool early)
    {
        _isNeeded |= early;
        if (Interlocked.Decrement(ref _open) == 0 && _isNeeded)
        {
            _ = source.CancelAsync();
        }
    }
}
