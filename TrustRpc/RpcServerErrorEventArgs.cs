namespace TrustRpc;

/// <summary>Something failed on a server that nobody had foreseen. Immutable.</summary>
public sealed class RpcServerErrorEventArgs : EventArgs
{
    internal RpcServerErrorEventArgs(string message, Exception exception, RpcPeer? peer, string? errorId)
        => (Message, Exception, Peer, ErrorId) = (message, exception, peer, errorId);

    /// <summary>What failed, as a sentence for people.</summary>
    public string Message { get; }

    /// <summary>The exception, for the local log: it may tell more than a client should read.</summary>
    public Exception Exception { get; }

    /// <summary>Whose call it was; null where it was none.</summary>
    public RpcPeer? Peer { get; }

    /// <summary>The id that the caller was given (<see cref="RpcCallException.ErrorId"/>); null where there was no caller.</summary>
    public string? ErrorId { get; }
}
