namespace TrustRpc.Connections;

/// <summary>Is told how the methods end that a connection runs.</summary>
internal interface ICallWatch
{
    /// <summary>Whether anybody wants to know; where not, nothing is measured.</summary>
    bool IsWatching { get; }

    void Completed(RpcPeer peer, string method, TimeSpan duration, RpcErrorCode code);

    void FailedUnexpectedly(RpcPeer peer, string method, string errorId, Exception exception);
}
