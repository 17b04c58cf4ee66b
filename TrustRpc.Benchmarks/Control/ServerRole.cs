using System.Text.Json;
using TrustRpc.Benchmarks.Loads;
using TrustRpc.Benchmarks.Raw;
#if TRUSTRPC_API
using TrustRpc.Benchmarks.Rpc;
#endif

namespace TrustRpc.Benchmarks.Control;

/// <summary>The server process: listens for whatever the parent asks for, and tells what it costs here.</summary>
internal static class ServerRole
{
    internal static int Run(string directory)
    {
        var listeners = 0;
        return ControlLoop.Run((verb, argument) => verb switch
        {
            "listen" => Listen(JsonSerializer.Deserialize<LoadSpec>(argument)!, Path.Combine(directory, $"{listeners++}.sock")),
            "allocated" => ProcessMemory.Allocated(),
            "memory" => JsonSerializer.Serialize(ProcessMemory.Measure()),
            _ => throw new ArgumentException($"The server does not know '{verb}'."),
        });
    }

    private static string Listen(LoadSpec spec, string socketPath) => spec.Protocol switch
    {
        Protocol.Raw => RawServer.Listen(spec, socketPath),
#if TRUSTRPC_API
        Protocol.TrustRpc => RpcHost.Listen(spec, socketPath),
#endif
        _ => throw new ArgumentException($"The server does not speak {spec.Protocol}."),
    };
}
