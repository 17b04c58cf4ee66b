using TrustRpc.Benchmarks.Report;

namespace TrustRpc.Benchmarks.Workloads;

/// <summary>One thing to measure; it starts its own processes, so that nothing is left in them from the one before.</summary>
internal abstract class Workload(string name)
{
    /// <summary>As the command line calls it.</summary>
    internal string Name => name;

    internal abstract IEnumerable<Row> Run(RunOptions options);
}
