#if TRUSTRPC_API
using TrustRpc.Benchmarks.Loads;

namespace TrustRpc.Benchmarks.Rpc;

/// <summary>Connects, proves, and makes one call.</summary>
internal sealed class RpcConnector(string address) : IConnector
{
    private static readonly string Text = new('x', 40);

    private readonly RpcClientOptions _options = RpcClients.Options(lowLatency: false);

    public async Task<IAsyncDisposable> OpenAsync()
    {
        var client = await RpcClient.ConnectAsync(address, _options);
        await client.CallAsync<string>("echo", [Text]);
        return client;
    }
}
#endif
