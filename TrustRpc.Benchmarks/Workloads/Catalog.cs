using TrustRpc.Benchmarks.Loads;
#if TRUSTRPC_API
using TrustRpc.Benchmarks.Management;
#endif
using TrustRpc.Benchmarks.Report;

namespace TrustRpc.Benchmarks.Workloads;

/// <summary>Everything that is measured, and what it must come to.</summary>
internal static class Catalog
{
    private const int LongText = 64 * 1024;

    private static readonly LoadSpec Raw = new(Protocol.Raw);
    private static readonly LoadSpec Rpc = new(Protocol.TrustRpc);
    private static readonly LoadSpec Many = Rpc with { InFlight = 64 };
    private static readonly LoadSpec Connects = new(Protocol.TrustRpc) { Kind = LoadKind.Connect };

    internal static IEnumerable<Workload> All => [.. OneCall, .. ManyCalls, .. Streams, .. LongCalls, .. Connecting, .. Costs, .. Management];

    private static IEnumerable<Workload> OneCall =>
    [
        new ThroughputWorkload("w1", "W1 one call at a time", Raw, Rpc, Target.Ratio(0.95, 1.1)),
        new ThroughputWorkload("w1-blocking", "W1 through the blocking call", Raw, Rpc with { Kind = LoadKind.BlockingEcho }, Target.None),
        new ThroughputWorkload("w1-pinned", "W1 both processes on one core", Raw, Rpc, Target.Ratio(0.75, 1.5)) { Pinned = true },
        new ThroughputWorkload("w1-lowlatency", "W1 LowLatency", Raw, Rpc with { LowLatency = true }, Target.Ratio(3, 4))
        {
            MedianTarget = Target.Ceiling(12, null, "{0} µs"),
        },
        new ThroughputWorkload("w1-lowlatency-sealed", "W1 LowLatency, sealed", Raw, Sealed(Rpc with { LowLatency = true }), new Target(null, 3, "{0:0.00} ×")),
    ];

    private static IEnumerable<Workload> ManyCalls =>
    [
        new ThroughputWorkload("w2", "W2 64 calls in flight", RawLike(Many), Many, Target.Ratio(0.28, 0.45)),
        new ThroughputWorkload("w2-inline", "W2 inline method", RawLike(Many), Many with { Method = "echo_inline" }, Target.Ratio(0.40, 0.60)),
        new ThroughputWorkload("w2-sealed", "W2 sealed (against plain TrustRpc)", Many, Sealed(Many), Target.Ratio(0.85)),
        new ThroughputWorkload("w2b", "W2b 16 connections, 16 in flight each", RawLike(Crowd), Crowd, Target.Ratio(0.35, 0.60)),
    ];

    private static IEnumerable<Workload> Streams =>
    [
        Stream("w3", "W3 server stream of 40 characters", LoadKind.ServerStream, "texts", 2_500_000, 4_500_000),
        Stream("w3-client", "W3 client stream", LoadKind.ClientStream, "texts", 1_900_000, 3_400_000),
        Stream("w3-duplex", "W3 duplex stream, there and back", LoadKind.DuplexStream, "texts", 1_900_000, 3_400_000),
        Stream("w3-records", "W3 server stream of small records", LoadKind.ServerStream, "records", 1_200_000, null),
        Stream("w3-records-client", "W3 client stream of small records", LoadKind.ClientStream, "records", 900_000, null),
        new ThroughputWorkload("w3-chunks", "W3 server stream of 64 KiB", RawLike(Chunks), Chunks, Target.Ratio(0.5)),
        new LoneItemWorkload("w3-lone", Rpc, Target.Ceiling(1.2, null, "{0:0.0} ×")),
        new ThroughputWorkload("w3-items", "W3 items there and back without a pause (against calls)", Rpc, Rpc with { Kind = LoadKind.LoneItem }, Target.None),
    ];

    private static IEnumerable<Workload> LongCalls =>
    [
        new ThroughputWorkload("w4", "W4 64 KiB", RawLike(Long), Long, Target.Ratio(0.45)),
        new ThroughputWorkload("w4-sealed", "W4 64 KiB, sealed", RawLike(Long), Sealed(Long), Target.Ratio(0.25)),
    ];

    private static IEnumerable<Workload> Connecting =>
    [
        new ThroughputWorkload("w5", "W5 connect, handshake, call, close", RawLike(Connects), Connects, Target.Ratio(0.35)),
        new ThroughputWorkload("w5-two", "W5 two side by side", RawLike(TwoConnects), TwoConnects, Target.None),
        new ThroughputWorkload("w5-sealed", "W5 sealed over TCP", RawLike(Connects) with { Tcp = true }, SealedTcp, new Target(1500, null, "{0:#,0}/s"))
        {
            Absolute = true,
        },
        new ThroughputWorkload("w5-sealed-keys", "W5 sealed over TCP (against its key agreements alone)", Raw with { Kind = LoadKind.KeyAgreement }, SealedTcp, Target.None),
    ];

    private static IEnumerable<Workload> Costs =>
    [
        new IdleMemoryWorkload("w6", "W6 idle connection, plain", Connects, Target.Ceiling(10, 6, "{0} KiB")),
        new IdleMemoryWorkload("w6-sealed", "W6 idle connection, sealed over TCP", SealedTcp, Target.Ceiling(14, 8, "{0} KiB")),
        new AllocationWorkload("allocated-w1", "Allocated per call, W1", Rpc),
        new AllocationWorkload("allocated-w2", "Allocated per call, W2", Many),
        new AllocationWorkload("allocated-w3", "Allocated per item, W3", Rpc with { Kind = LoadKind.ServerStream, Method = "texts" }) { ServerMakesTexts = false },
        new FirstAnswerWorkload("start", "Client process from start to first answer", Target.Ceiling(130, 90, "{0} ms")),
    ];

    private static IEnumerable<Workload> Management =>
    [
#if TRUSTRPC_API
        new ManagementWorkload(),
        new CommandWorkload(),
        new KnownClientsWorkload(),
#endif
    ];

    private static LoadSpec Crowd => Rpc with { Connections = 16, InFlight = 16 };

    private static LoadSpec Long => Rpc with { Characters = LongText };

    private static LoadSpec Chunks => Rpc with { Kind = LoadKind.ServerStream, Method = "chunks", Characters = LongText };

    private static LoadSpec TwoConnects => Connects with { InFlight = 2 };

    private static LoadSpec SealedTcp => Sealed(Connects with { Tcp = true });

    private static ThroughputWorkload Stream(string name, string title, LoadKind kind, string items, double? must, double? aim)
        => new(name, title, RawLike(Rpc) with { Kind = LoadKind.ServerStream }, Rpc with { Kind = kind, Method = items }, new Target(must, aim, "{0:#,0}/s")) { Absolute = true };

    private static LoadSpec RawLike(LoadSpec spec) => spec with { Protocol = Protocol.Raw };

    private static LoadSpec Sealed(LoadSpec spec) => spec with { Mode = "sealed" };
}
