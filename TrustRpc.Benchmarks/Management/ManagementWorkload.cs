#if TRUSTRPC_API
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TrustRpc.Benchmarks.Control;
using TrustRpc.Benchmarks.Report;
using TrustRpc.Benchmarks.Workloads;
using TrustRpc.Management;

namespace TrustRpc.Benchmarks.Management;

/// <summary>A thousand agents in two processes on one server in a third: connecting and listing them, a command to one and to all, and events to a hundred subscribers.</summary>
internal sealed class ManagementWorkload() : Workload("m1")
{
    private const int AgentCount = 1000;
    private const int Events = 10_000;
    private const int Subscribers = 100;

    internal override IEnumerable<Row> Run(RunOptions options) => RunAsync(options).GetAwaiter().GetResult();

    private static async Task<IReadOnlyList<Row>> RunAsync(RunOptions options)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("trustrpc-");
        using ChildProcess server = new(false, "role:managed", directory.FullName);
        using ChildProcess one = new(false, "role:agents", "one");
        using ChildProcess two = new(false, "role:agents", "two");
        string address = server.Ask("serve", "file 0");
        await using RpcClient client = await RpcClient.ConnectAsync(address, new RpcClientOptions { TrustId = TrustId.Parse(Secret.Shared), ClientId = "boss" });
        ManagementClient management = new(client);
        one.Ask("connect", $"{address} 1");
        List<Row> rows = [];
        ProcessMemory before = Memory();
        rows.Add(await ConnectAsync(management, one, two, address));
        rows.AddRange(Growth($"M1 an agent, of {AgentCount:#,0}", AgentCount));
        rows.Add(await FanOutAsync(management, options));
        rows.AddRange(Growth($"M3 {options.Rounds + 1} commands to all", 1));
        rows.AddRange(Deliver(server, one, two, address));
        rows.AddRange(Growth($"M4 {2 * Events:#,0} events, {Subscribers} subscribers", 1));
        directory.Delete(recursive: true);
        return rows;

        ProcessMemory Memory() => server.Ask<ProcessMemory>("memory");

        // What the server holds more than when it was asked last.
        Row[] Growth(string what, int share)
        {
            ProcessMemory last = before;
            before = Memory();
            return
            [
                Value($"{what}: server's managed heap", (before.Managed - last.Managed) / 1024.0 / share, "{0:#,0.0} KiB", Target.None),
                Value($"{what}: server's working set", (before.WorkingSet - last.WorkingSet) / 1024.0 / share, "{0:#,0.0} KiB", Target.None),
            ];
        }
    }

    private static async Task<Row> ConnectAsync(ManagementClient management, ChildProcess one, ChildProcess two, string address)
    {
        long start = Stopwatch.GetTimestamp();
        string half = $"{address} {AgentCount / 2}";
        await Task.WhenAll(Task.Run(() => one.Ask("connect", half)), Task.Run(() => two.Ask("connect", half)));
        ClientList list = await management.ListClientsAsync(pageSize: 500, online: true);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return list.Total == AgentCount + 1
            ? Value($"M1 {AgentCount:#,0} agents connect and are listed", seconds, "{0:0.00} s", Target.Ceiling(5, null, "{0} s"))
            : throw new InvalidOperationException($"{list.Total} clients are listed.");
    }

    private static async Task<Row> FanOutAsync(ManagementClient management, RunOptions options)
    {
        List<double> times = [];
        for (int round = 0; round <= options.Rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            FanOutResult result = await management.SendCommandToAllAsync("echo", round);
            times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            if (result.Results.Count(one => one.Success) != AgentCount)
            {
                throw new InvalidOperationException(result.Message);
            }
        }

        return Value($"M3 command to {AgentCount:#,0} agents at once", times.Skip(1).Median(), "{0:0.000} s", Target.Ceiling(0.5, null, "{0} s"));
    }

    private static IEnumerable<Row> Deliver(ChildProcess server, ChildProcess one, ChildProcess two, string address)
    {
        one.Ask("subscribe", $"{address} {Subscribers / 2} 0");
        two.Ask("subscribe", $"{address} {Subscribers / 2} 1");

        // The first time is for the compiler: it is not counted, but the stalled one misses its events as well.
        server.Ask("publish", $"{Events} {Subscribers}");
        Thread.Sleep(TimeSpan.FromSeconds(1));
        string[] times = server.Ask("publish", $"{Events} {Subscribers}").Split(' ');
        var gap = two.Ask<SeenGap>("gap", $"{2 * Events}");
        double seconds = double.Parse(times[1], CultureInfo.InvariantCulture);
        double rate = (Subscribers - 1) * Events / seconds;
        yield return Value($"M4 {Events:#,0} events to {Subscribers} subscribers, one stalled: deliveries", rate, "{0:#,0}/s", new Target(500_000, null, "{0:#,0}/s"));
        yield return new Row($"M4 the stalled one, of {2 * Events:#,0}, got {gap.Got:#,0} and missed {gap.Missed:#,0}", Table.Nothing, gap.Exact ? "its gap is exact" : "its gap is WRONG", Table.Nothing, Target.None, null);
    }

    private static Row Value(string what, double value, string format, Target target) => new(what, Table.Nothing, string.Format(CultureInfo.InvariantCulture, format, value), Table.Nothing, target, value);
}
#endif
