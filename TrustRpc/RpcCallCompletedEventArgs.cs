namespace TrustRpc;

/// <summary>A method that a client called has ended. Immutable.</summary>
public sealed class RpcCallCompletedEventArgs : EventArgs
{
    internal RpcCallCompletedEventArgs(RpcPeer peer, string method, TimeSpan duration, RpcErrorCode code)
        => (Peer, Method, Duration, Code) = (peer, method, duration, code);

    /// <summary>Who called.</summary>
    public RpcPeer Peer { get; }

    /// <summary>The method's name.</summary>
    public string Method { get; }

    /// <summary>How long it ran; for a method that returns a sequence, until that began.</summary>
    public TimeSpan Duration { get; }

    /// <summary>What the caller was told that it failed with; <see cref="RpcErrorCode.None"/> where it did not.</summary>
    public RpcErrorCode Code { get; }
}
