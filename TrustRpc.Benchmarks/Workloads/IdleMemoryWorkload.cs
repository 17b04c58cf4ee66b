using TrustRpc.Benchmarks.Control;
using TrustRpc.Benchmarks.Loads;
using TrustRpc.Benchmarks.Report;

namespace TrustRpc.Benchmarks.Workloads;

/// <summary>What the server holds for each of a thousand connections that have made one call and are silent since.</summary>
internal sealed class IdleMemoryWorkload(string name, string title, LoadSpec ours, Target target) : Workload(name)
{
    private const int Connections = 1000;
    private const int Visitors = 1000;

    /// <summary>Code that is used often is compiled three times, each time some while after the last: a wave of visitors has passed before each.</summary>
    private const int Waves = 3;

    /// <summary>Each in processes of its own: whether a region that is free but for one object counts is a matter of chance.</summary>
    private const int Runs = 3;

    internal override IEnumerable<Row> Run(RunOptions options)
    {
        var raw = Measure(ours with { Protocol = Protocol.Raw });
        var rpc = LoadFactory.Knows(ours.Protocol) ? Measure(ours) : null;
        yield return Line("managed heap", raw.Managed, rpc?.Managed);
        yield return Line("working set", raw.WorkingSet, rpc?.WorkingSet);
    }

    private static ProcessMemory Measure(LoadSpec spec)
    {
        var runs = Enumerable.Range(0, Runs).Select(_ => MeasureOnce(spec)).ToArray();
        return new ProcessMemory((long)runs.Select(run => (double)run.Managed).Median(), (long)runs.Select(run => (double)run.WorkingSet).Median());
    }

    private static ProcessMemory MeasureOnce(LoadSpec spec)
    {
        using var pair = new ProcessPair();
        var listening = pair.Listen(spec with { Kind = LoadKind.Connect, Connections = Connections });
        // Visitors first, so that what a server holds once, or for a peak, is not counted as a connection's.
        for (var wave = 0; wave < Waves; wave++)
        {
            pair.Client.Ask("visit", (listening with { Connections = Visitors }).ToString());
            Settle();
        }

        var before = pair.Server.Ask<ProcessMemory>("memory");
        pair.Client.Ask("hold", listening.ToString());
        Settle();
        var after = pair.Server.Ask<ProcessMemory>("memory");
        return new ProcessMemory((after.Managed - before.Managed) / Connections, (after.WorkingSet - before.WorkingSet) / Connections);
    }

    /// <summary>The last answers have been read by the client; their senders may still be on their way to rest.</summary>
    private static void Settle() => Thread.Sleep(TimeSpan.FromSeconds(0.5));

    private Row Line(string what, long raw, long? rpc)
    {
        double? value = rpc / 1024.0;
        var printed = value is null ? Table.Nothing : $"{value:0.0} KiB";
        return new Row($"{title}, {what}", $"{raw / 1024.0:0.0} KiB", printed, Table.Nothing, target, value);
    }
}
