namespace TrustRpc.Benchmarks.Loads;

/// <summary>What one run of a load came to; the latencies, in microseconds, are there only where calls go one at a time.</summary>
internal sealed record Measurement(long Count, double Seconds, double? Median, double? P99)
{
    internal double PerSecond => Count / Seconds;
}
