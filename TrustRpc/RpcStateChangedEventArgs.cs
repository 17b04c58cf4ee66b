namespace TrustRpc;

/// <summary>A change of a client's state.</summary>
public sealed class RpcStateChangedEventArgs : EventArgs
{
    internal RpcStateChangedEventArgs(RpcClientState state, string reason, Exception? error)
    {
        State = state;
        Reason = reason;
        Error = error;
    }

    /// <summary>The state from here on.</summary>
    public RpcClientState State { get; }

    /// <summary>Why, as a sentence for people.</summary>
    public string Reason { get; }

    /// <summary>What made the client stop, where it stopped by itself: a <see cref="TrustException"/> after repeated refusals. Null otherwise.</summary>
    public Exception? Error { get; }
}
