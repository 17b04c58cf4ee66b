using System.Runtime;
using System.Runtime.InteropServices;

namespace TrustRpc.Benchmarks.Report;

/// <summary>What the numbers were measured on.</summary>
internal static class Machine
{
    internal static string Describe() =>
        $"{Processor()}, {Environment.ProcessorCount} cores; {RuntimeInformation.OSDescription}; {RuntimeInformation.FrameworkDescription}; {Collector()}; tiered compilation with its defaults.";

    private static string Collector() =>
        $"{(GCSettings.IsServerGC ? "server" : "workstation")} GC, {(GCSettings.LatencyMode == GCLatencyMode.Batch ? "not concurrent" : "concurrent")}";

    private static string Processor()
    {
        const string cpuInfo = "/proc/cpuinfo";
        var named = File.Exists(cpuInfo)
            ? File.ReadLines(cpuInfo).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
            : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");
        return named ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
