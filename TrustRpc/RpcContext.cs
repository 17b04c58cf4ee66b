using TrustRpc.Connections;

namespace TrustRpc;

/// <summary>
/// The call that a method is running: who called, and a way to call back. A method gets it by having a parameter of this type, which is not on the wire.
/// Calls made through it are cancelled with the call that it belongs to.
/// </summary>
public sealed class RpcContext : RpcCaller
{
    internal RpcContext(RpcPeer peer) => Peer = peer;

    /// <summary>Who called.</summary>
    public RpcPeer Peer { get; }

    internal override ValueTask<T> InvokeAsync<T>(string method, CallArguments arguments, CallSettings settings, CancellationToken cancellationToken)
        => throw new NotSupportedException();
}
