using System.Globalization;
using TrustRpc.Benchmarks.Control;
using TrustRpc.Benchmarks.Loads;

namespace TrustRpc.Benchmarks.Workloads;

/// <summary>A load that the client process has open.</summary>
internal sealed class RunningLoad(ChildProcess client, string number)
{
    internal Measurement Run(double seconds) =>
        client.Ask<Measurement>("run", string.Create(CultureInfo.InvariantCulture, $"{number} {seconds}"));

    internal void WarmUp() => Run(RunOptions.WarmUp.TotalSeconds);
}
