namespace TrustRpc.Benchmarks.Report;

/// <summary>What is made of several rounds.</summary>
internal static class Statistics
{
    internal static double Median(this IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
