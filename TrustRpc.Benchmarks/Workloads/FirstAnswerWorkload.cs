using System.Diagnostics;
using TrustRpc.Benchmarks.Control;
using TrustRpc.Benchmarks.Loads;
using TrustRpc.Benchmarks.Report;

namespace TrustRpc.Benchmarks.Workloads;

/// <summary>From the start of a client process until it says that it has been answered.</summary>
internal sealed class FirstAnswerWorkload(string name, string title, Target target) : Workload(name)
{
    private const int Starts = 15;

    internal override IEnumerable<Row> Run(RunOptions options)
    {
        using var pair = new ProcessPair();
        var protocols = new[] { Protocol.Raw, Protocol.TrustRpc }.Where(LoadFactory.Knows).ToArray();
        var servers = protocols.Select(protocol => pair.Listen(new LoadSpec(protocol) { Kind = LoadKind.Connect })).ToArray();
        var times = protocols.Select(_ => new List<double>()).ToArray();
        foreach (var server in servers)
            StartAndWait(server);
        for (var start = 0; start < Starts; start++)
        {
            for (var i = 0; i < servers.Length; i++)
                times[i].Add(StartAndWait(servers[i]));
        }
        double? rpc = times.Length > 1 ? times[1].Median() : null;
        var printed = rpc is null ? Table.Nothing : $"{rpc:0} ms";
        var ratio = rpc is null ? Table.Nothing : $"{rpc / times[0].Median():0.00}";
        yield return new Row(title, $"{times[0].Median():0} ms", printed, ratio, target, rpc);
    }

    private static double StartAndWait(LoadSpec server)
    {
        var start = ChildProcess.StartInfo("role:first", server.Protocol.ToString(), server.Address);
        var began = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        var said = process.StandardOutput.ReadLine();
        var elapsed = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        process.WaitForExit();
        return said == "answered" ? elapsed : throw new InvalidOperationException($"The {server.Protocol} client process got no answer.");
    }
}
