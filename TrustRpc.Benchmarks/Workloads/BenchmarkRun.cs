using System.Diagnostics;
using TrustRpc.Benchmarks.Report;

namespace TrustRpc.Benchmarks.Workloads;

/// <summary>The parent: one workload after the other, progress on standard error, the table on standard output.</summary>
internal static class BenchmarkRun
{
    internal static int Start(string[] args)
    {
        if (RunOptions.Parse(args) is not { } options)
            return Refuse(RunOptions.Usage);
        var asked = Catalog.All.Where(workload => options.Asks(workload.Name)).ToArray();
        if (asked.Length == 0)
            return Refuse($"No such workload. There are: {string.Join(", ", Catalog.All.Select(workload => workload.Name))}");
        WarnOfDebugBuild();
        Console.WriteLine($"{Environment.NewLine}{Table.Print(Run(asked, options))}{Environment.NewLine}");
        Console.WriteLine(Machine.Describe());
        Console.WriteLine($"{options.Rounds} rounds of {options.Seconds} s a side, in turns; medians; the ratio is the median of the rounds' ratios (least to greatest).");
        return 0;
    }

    private static List<Row> Run(Workload[] workloads, RunOptions options)
    {
        var rows = new List<Row>();
        foreach (var workload in workloads)
        {
            var began = Stopwatch.GetTimestamp();
            Console.Error.Write($"{workload.Name} … ");
            rows.AddRange(workload.Run(options));
            Console.Error.WriteLine($"{Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
        }
        return rows;
    }

    private static int Refuse(string message)
    {
        Console.Error.WriteLine(message);
        return 2;
    }

    [Conditional("DEBUG")]
    private static void WarnOfDebugBuild() => Console.Error.WriteLine("This is a Debug build; its numbers mean nothing. Use: dotnet run -c Release");
}
