using TrustRpc.Messages;

namespace TrustRpc.Connections;

/// <summary>A progress argument of a call that this side runs: what the method reports goes to the caller, until the call is answered.</summary>
internal abstract class RemoteProgress
{
    private volatile bool _closed;

    public bool IsOpen => !_closed;

    /// <summary>Another progress argument of the same call.</summary>
    public RemoteProgress? Next { get; init; }

    public void Close() => _closed = true;
}

internal sealed class RemoteProgress<T>(ConnectionStreams streams, string method, long token) : RemoteProgress, IProgress<T>
{
    public void Report(T value)
    {
        if (IsOpen)
        {
            streams.SendReport(method, token, value);
        }
    }
}
