using TrustRpc.Benchmarks.Loads;
using TrustRpc.Benchmarks.Report;

namespace TrustRpc.Benchmarks.Workloads;

/// <summary>The way of an item to a consumer that waits, as a multiple of half a call's way there and back; producer and caller pause alike.</summary>
internal sealed class LoneItemWorkload(string name, string title, LoadSpec calls, LoadSpec items, Target target) : Workload(name)
{
    internal override IEnumerable<Row> Run(RunOptions options)
    {
        using var pair = new ProcessPair();
        var (calling, taking) = (pair.Open(calls), pair.Open(items));
        calling.WarmUp();
        taking.WarmUp();
        var rounds = new (double Half, double Item)[options.Rounds];
        for (var round = 0; round < rounds.Length; round++)
            rounds[round] = (calling.Run(options.Seconds).Median!.Value / 2, taking.Run(options.Seconds).Median!.Value);
        var ratios = rounds.Select(round => round.Item / round.Half).Order().ToArray();
        yield return new Row(
            title,
            $"half a call {rounds.Select(round => round.Half).Median():0.0} µs",
            $"{rounds.Select(round => round.Item).Median():0.0} µs",
            $"{ratios.Median():0.00} ({ratios[0]:0.00} to {ratios[^1]:0.00})",
            target,
            ratios.Median());
    }
}
