namespace TrustRpc;

/// <summary>Whether a client can call.</summary>
public enum RpcClientState
{
    /// <summary>There is a connection.</summary>
    Connected,

    /// <summary>There is none for new calls, and the client is about to make one. Calls that the server had begun may still come to their end.</summary>
    Reconnecting,

    /// <summary>There is none, and there will not be one any more.</summary>
    Closed,
}
