namespace TrustRpc;

/// <summary>The address of a server.</summary>
public sealed class RpcEndpoint
{
}
