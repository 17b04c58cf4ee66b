namespace TrustRpc;

/// <summary>A client has connected to a server. Immutable.</summary>
public sealed class RpcClientConnectedEventArgs : EventArgs
{
    internal RpcClientConnectedEventArgs(RpcConnection connection) => Connection = connection;

    /// <summary>The connection: who is there, and the way to call it. Its answers are read once all handlers have returned.</summary>
    public RpcConnection Connection { get; }
}
