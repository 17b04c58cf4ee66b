using TrustRpc.Benchmarks.Raw;
#if TRUSTRPC_API
using TrustRpc.Benchmarks.Rpc;
#endif

namespace TrustRpc.Benchmarks.Loads;

/// <summary>From a load's description to the load.</summary>
internal static class LoadFactory
{
    internal static bool Knows(Protocol protocol) => protocol switch
    {
        Protocol.Raw => true,
#if TRUSTRPC_API
        Protocol.TrustRpc => true,
#endif
        _ => false,
    };

    internal static ILoad Open(LoadSpec spec) => spec switch
    {
        { Kind: LoadKind.Connect } => new ConnectLoad(Connector(spec), spec.InFlight),
        { Kind: LoadKind.KeyAgreement } => new KeyAgreementLoad(),
        { Protocol: Protocol.Raw, Kind: LoadKind.ServerStream } => RawFloodLoad.Open(spec),
        { Protocol: Protocol.Raw } => RawEchoLoad.Open(spec),
#if TRUSTRPC_API
        { Kind: LoadKind.BlockingEcho } => RpcBlockingEchoLoad.Open(spec),
        { Kind: LoadKind.Echo } => RpcEchoLoad.Open(spec),
        { Kind: LoadKind.PausedCall or LoadKind.PausedCallThere } => new RpcPausedCallLoad(RpcClients.Open(spec)[0], spec),
        { Kind: LoadKind.PausedItem } => new RpcPausedItemLoad(RpcClients.Open(spec)[0], spec),
        { Kind: LoadKind.ServerStream or LoadKind.ClientStream or LoadKind.DuplexStream or LoadKind.LoneItem } => RpcStreamLoads.Open(spec),
#endif
        _ => throw new ArgumentException($"There is no load for {spec}."),
    };

    internal static IConnector Connector(LoadSpec spec) => spec.Protocol switch
    {
        Protocol.Raw => new RawConnector(spec.Address),
#if TRUSTRPC_API
        Protocol.TrustRpc => new RpcConnector(spec.Address),
#endif
        _ => throw new ArgumentException($"There is no connector for {spec}."),
    };
}
