namespace TrustRpc;

/// <summary>A client's connection has ended. Immutable.</summary>
public sealed class RpcClientDisconnectedEventArgs : EventArgs
{
    internal RpcClientDisconnectedEventArgs(RpcConnection connection, string reason) => (Connection, Reason) = (connection, reason);

    /// <summary>The connection that has ended.</summary>
    public RpcConnection Connection { get; }

    /// <summary>Why, as a sentence for people: the one of <see cref="RpcConnection.Closed"/>.</summary>
    public string Reason { get; }
}
