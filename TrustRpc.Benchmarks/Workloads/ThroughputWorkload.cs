using TrustRpc.Benchmarks.Control;
using TrustRpc.Benchmarks.Loads;
using TrustRpc.Benchmarks.Report;

namespace TrustRpc.Benchmarks.Workloads;

/// <summary>Two loads in turns: what TrustRpc does in a second as a multiple of what the limit does.</summary>
internal sealed class ThroughputWorkload(string name, string title, LoadSpec limit, LoadSpec ours, Target target) : Workload(name)
{
    internal bool Pinned { get; init; }

    /// <summary>Where the median of a call's time is to be judged as well.</summary>
    internal Target? MedianTarget { get; init; }

    /// <summary>Judges the calls in a second instead of the ratio.</summary>
    internal bool Absolute { get; init; }

    internal override IEnumerable<Row> Run(RunOptions options)
    {
        if (Pinned && !Affinity.IsSupported)
            yield break;
        var (limits, all) = Measure(options);
        if (all.Count == 0)
        {
            yield return new Row(title, Print(limits, limit), Table.Nothing, Table.Nothing, target, null);
            yield break;
        }
        var ratios = all.Zip(limits, (a, b) => a.PerSecond / b.PerSecond).Order().ToArray();
        var ratio = $"{ratios.Median():0.00} ({ratios[0]:0.00} to {ratios[^1]:0.00})";
        var value = Absolute ? all.Select(m => m.PerSecond).Median() : ratios.Median();
        yield return new Row(title, Print(limits, limit), Print(all, ours), ratio, target, value);
        if (MedianTarget is not null && all.Select(m => m.Median ?? 0).Median() is var median)
            yield return new Row(title + ": median", Table.Nothing, $"{median:0.0} µs", Table.Nothing, MedianTarget, median);
    }

    private (List<Measurement> Limits, List<Measurement> Ours) Measure(RunOptions options)
    {
        using var pair = new ProcessPair(Pinned);
        var loads = new[] { limit, ours }.Where(spec => LoadFactory.Knows(spec.Protocol)).Select(pair.Open).ToArray();
        var measured = loads.Select(_ => new List<Measurement>()).ToArray();
        foreach (var load in loads)
            load.WarmUp();
        for (var round = 0; round < options.Rounds; round++)
        {
            for (var i = 0; i < loads.Length; i++)
                measured[i].Add(loads[i].Run(options.Seconds));
        }
        return (measured.ElementAtOrDefault(0) ?? [], measured.ElementAtOrDefault(1) ?? []);
    }

    private static string Print(List<Measurement> rounds, LoadSpec spec)
    {
        if (rounds.Count == 0)
            return Table.Nothing;
        var rate = $"{rounds.Select(m => m.PerSecond).Median():#,0}/s";
        return spec is { OneAtATime: true, Kind: LoadKind.Echo or LoadKind.BlockingEcho or LoadKind.LoneItem }
            ? $"{rate}, median {rounds.Select(m => m.Median ?? 0).Median():0.0} µs, p99 {rounds.Select(m => m.P99 ?? 0).Median():0.0} µs"
            : rate;
    }
}
