#if TRUSTRPC_API
using TrustRpc.Benchmarks.Loads;

namespace TrustRpc.Benchmarks.Rpc;

/// <summary>From a stream load's description to the load: which items, and which way they go.</summary>
internal static class RpcStreamLoads
{
    internal static ILoad Open(LoadSpec spec)
    {
        var client = RpcClients.Open(spec)[0];
        return spec switch
        {
            { Kind: LoadKind.LoneItem } => new RpcLoneItemLoad(client, spec),
            { Method: "texts" } => new RpcStreamLoad<string>(client, spec, stop => StreamItems.Texts(spec.Characters, stop), text => text.Length == spec.Characters),
            { Method: "records" } => new RpcStreamLoad<Reading>(client, spec, StreamItems.Records, record => record.Name.Length > 0),
            { Method: "chunks" } => new RpcStreamLoad<byte[]>(client, spec, _ => throw new NotSupportedException(), chunk => chunk.Length == spec.Characters),
            _ => throw new ArgumentException($"There is no stream load for {spec}."),
        };
    }
}
#endif
