namespace TrustRpc.Messages;

/// <summary>
/// The call that this thread writes or reads a value of. The serialiser takes no state along to its converters, so they find it here; it is set for no longer than a
/// value takes, and whoever sets it puts back what was there.
/// </summary>
internal static class StreamScope
{
    [ThreadStatic]
    private static IStreamScope? _current;

    /// <exception cref="NotSupportedException">No value of a call is being written or read.</exception>
    public static IStreamScope Current
        => _current ?? throw new NotSupportedException("A sequence or a progress report travels in the arguments or the result of a call, and nowhere else.");

    /// <summary>Sets the scope; returns the one to put back afterwards.</summary>
    public static IStreamScope? Enter(IStreamScope? scope)
    {
        IStreamScope? previous = _current;
        _current = scope;
        return previous;
    }
}
