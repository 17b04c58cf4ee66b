using TrustRpc.Benchmarks.Loads;
using TrustRpc.Benchmarks.Report;

namespace TrustRpc.Benchmarks.Workloads;

/// <summary>The way of an item to a consumer that waits, as a multiple of half a call's way there and back, and of its way there; producer and caller pause alike.</summary>
internal sealed class LoneItemWorkload(string name, LoadSpec spec, Target target) : Workload(name)
{
    internal override IEnumerable<Row> Run(RunOptions options)
    {
        using var pair = new ProcessPair();
        var calling = pair.Open(spec with { Kind = LoadKind.PausedCall });
        var going = pair.Open(spec with { Kind = LoadKind.PausedCallThere });
        var taking = pair.Open(spec with { Kind = LoadKind.PausedItem });
        foreach (var load in (RunningLoad[])[calling, going, taking])
            load.WarmUp();
        var rounds = new (double Half, double There, double Item)[options.Rounds];
        for (var round = 0; round < rounds.Length; round++)
            rounds[round] = (calling.Run(options.Seconds).Median!.Value / 2, going.Run(options.Seconds).Median!.Value, taking.Run(options.Seconds).Median!.Value);
        var item = rounds.Select(round => round.Item).Median();
        yield return Compare("W3 lone item (against half a call)", "half a call", rounds.Select(round => (round.Half, round.Item)), item, target);
        yield return Compare("W3 the same against a call's way to its method", "a call's way there", rounds.Select(round => (round.There, round.Item)), item, Target.None);
    }

    private static Row Compare(string title, string what, IEnumerable<(double Call, double Item)> rounds, double item, Target target)
    {
        var ratios = rounds.Select(round => round.Item / round.Call).Order().ToArray();
        return new Row(
            title,
            $"{what} {rounds.Select(round => round.Call).Median():0.0} µs",
            $"{item:0.0} µs",
            $"{ratios.Median():0.00} ({ratios[0]:0.00} to {ratios[^1]:0.00})",
            target,
            ratios.Median());
    }
}
