using System.Globalization;
using TrustRpc.Benchmarks.Control;
using TrustRpc.Benchmarks.Loads;
using TrustRpc.Benchmarks.Report;

namespace TrustRpc.Benchmarks.Workloads;

/// <summary>Bytes that a call, or an item, leaves to the collector on each side, the argument and the result themselves not counted.</summary>
internal sealed class AllocationWorkload(string name, string title, LoadSpec ours) : Workload(name)
{
    private const int StringHeader = 22;

    /// <summary>Whether the server makes the text that it sends, as it does of an argument; the items of a stream are one and the same.</summary>
    internal bool ServerMakesTexts { get; init; } = true;

    internal override IEnumerable<Row> Run(RunOptions options)
    {
        var raw = Measure(ours with { Protocol = Protocol.Raw }, options);
        var text = StringSize(ours.Characters);
        var rpc = LoadFactory.Knows(ours.Protocol) ? Measure(ours, options) : (Bytes?)null;
        yield return Line("client", raw.Client, rpc?.Client - text, new Target(150, 0, "{0} B", AtMost: true));
        yield return Line("server", raw.Server, rpc?.Server - (ServerMakesTexts ? text : 0), new Target(100, 0, "{0} B", AtMost: true));
    }

    private static Bytes Measure(LoadSpec spec, RunOptions options)
    {
        using var pair = new ProcessPair();
        var load = pair.Open(spec);
        load.WarmUp();
        var before = Allocated(pair);
        var calls = load.Run(options.Seconds * options.Rounds / 2).Count;
        var after = Allocated(pair);
        return new Bytes((after.Client - before.Client) / calls, (after.Server - before.Server) / calls);
    }

    private static Bytes Allocated(ProcessPair pair) => new(Allocated(pair.Client), Allocated(pair.Server));

    private static double Allocated(ChildProcess process) => double.Parse(process.Ask("allocated"), CultureInfo.InvariantCulture);

    private Row Line(string side, double raw, double? rpc, Target target)
    {
        // Whole bytes: what one run itself allocates, once, comes to less than one byte a call.
        double? value = rpc is { } bytes ? Math.Round(Math.Max(bytes, 0)) : null;
        return new Row($"{title}, {side}", $"{raw:0} B", value is null ? Table.Nothing : $"{value:0} B", Table.Nothing, target, value);
    }

    private static int StringSize(int characters) => (StringHeader + (2 * characters) + 7) / 8 * 8;

    private readonly record struct Bytes(double Client, double Server);
}
