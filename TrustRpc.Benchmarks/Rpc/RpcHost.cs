#if TRUSTRPC_API
using TrustRpc.Benchmarks.Control;
using TrustRpc.Benchmarks.Loads;

namespace TrustRpc.Benchmarks.Rpc;

/// <summary>A TrustRpc server with the methods that the loads call; it lives as long as its process.</summary>
internal static class RpcHost
{
    internal static string Listen(LoadSpec spec, string socketPath)
    {
        var server = new RpcServer(new RpcServerOptions { TrustId = TrustId.Parse(Secret.Inherited), LowLatency = spec.LowLatency });
        server.Services.Add("echo", (string value) => value);
        server.Services.Add("echo_inline", (string value) => value, inline: true);
        StreamItems.AddTo(server.Services);
        Task.Run(async () => await server.StartAsync(Address(spec, socketPath))).GetAwaiter().GetResult();
        return server.Endpoints[0].ToString()!;
    }

    private static string Address(LoadSpec spec, string socketPath)
    {
        var address = spec.Tcp ? "tcp://127.0.0.1:0" : $"unix://{socketPath}";
        return spec.Mode is null ? address : $"{address}?mode={spec.Mode}";
    }
}
#endif
