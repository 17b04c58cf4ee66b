namespace TrustRpc.Benchmarks.Report;

/// <summary>One line of the table.</summary>
/// <param name="Workload">What was done.</param>
/// <param name="Limit">What it was measured against, printed.</param>
/// <param name="Ours">What TrustRpc came to, printed.</param>
/// <param name="Ratio">Ours over the limit, printed.</param>
/// <param name="Target">What it must be.</param>
/// <param name="Value">The number that the target is about; null where there is none.</param>
internal sealed record Row(string Workload, string Limit, string Ours, string Ratio, Target Target, double? Value);
