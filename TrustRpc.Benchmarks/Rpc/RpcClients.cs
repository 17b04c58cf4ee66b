#if TRUSTRPC_API
using TrustRpc.Benchmarks.Control;
using TrustRpc.Benchmarks.Loads;

namespace TrustRpc.Benchmarks.Rpc;

/// <summary>Clients as a load wants them.</summary>
internal static class RpcClients
{
    internal static RpcClientOptions Options(bool lowLatency) =>
        new() { TrustId = TrustId.Parse(Secret.Inherited), LowLatency = lowLatency };

    internal static RpcClient[] Open(LoadSpec spec)
    {
        var clients = new RpcClient[spec.Connections];
        for (var i = 0; i < clients.Length; i++)
            clients[i] = Task.Run(async () => await RpcClient.ConnectAsync(spec.Address, Options(spec.LowLatency))).GetAwaiter().GetResult();
        return clients;
    }
}
#endif
