namespace TrustRpc.Trust;

/// <summary>
/// Lets one user at a time into one direction of a stream, and tells exactly one, the last user or whoever disposes, to clean up: so no buffer goes
/// back to the pool and no key is freed while a read or write still uses it.
/// </summary>
internal struct DirectionGate
{
    private const int Free = 0;
    private const int Taken = 1;
    private const int Shut = 2;
    private int _state;

    public void Enter(object stream, string what)
    {
        int state = Interlocked.CompareExchange(ref _state, Taken, Free);
        ObjectDisposedException.ThrowIf(state == Shut, stream);
        if (state == Taken) throw new InvalidOperationException($"Another {what} is under way: one at a time.");
    }

    /// <returns>True where the stream was disposed meanwhile and the caller cleans up.</returns>
    public bool Leave() => Interlocked.CompareExchange(ref _state, Free, Taken) == Shut;

    /// <returns>True where nobody is inside and the caller cleans up. Only the first call may return true.</returns>
    public bool Close() => Interlocked.Exchange(ref _state, Shut) == Free;
}
