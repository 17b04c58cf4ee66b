namespace TrustRpc.Connections;

/// <summary>Is told how the methods end that a connection runs.</summary>
internal interface ICallWatch
{
    /// <summary>Whether anybody wants to know; where not, nothing is measured.</summary>
    bool IsWatching { get; }

    void Completed(RpcPeer peer, string method, TimeSpan duration, RpcErrorCode code);

    /// <summary>Code of the user's that is no method has thrown: the watch logs it, and tells whoever wants to know.</summary>
    void HandlerFailed(string message, Exception exception);

    void FailedUnexpectedly(RpcPeer peer, string method, string errorId, Exception exception);
}
