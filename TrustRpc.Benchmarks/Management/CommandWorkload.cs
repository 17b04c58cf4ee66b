#if TRUSTRPC_API
using System.Diagnostics;
using System.Text.Json;
using TrustRpc.Benchmarks.Control;
using TrustRpc.Benchmarks.Report;
using TrustRpc.Benchmarks.Workloads;
using TrustRpc.Management;

namespace TrustRpc.Benchmarks.Management;

/// <summary>A command to an agent, beside a direct call of the server and beside a method that does nothing but call the agent: alone and many at once.</summary>
internal sealed class CommandWorkload() : Workload("m2")
{
    private const string Agent = "one-0001";
    private const string Text = "forty characters make a text of usual size";

    internal override IEnumerable<Row> Run(RunOptions options) => RunAsync(options).GetAwaiter().GetResult();

    private static async Task<IReadOnlyList<Row>> RunAsync(RunOptions options)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("trustrpc-");
        using ChildProcess server = new(false, "role:managed", directory.FullName);
        using ChildProcess agents = new(false, "role:agents", "one");
        string address = server.Ask("serve", "file 0");
        await using RpcClient client = await RpcClient.ConnectAsync(address, new RpcClientOptions { TrustId = TrustId.Parse(Secret.Shared), ClientId = "boss" });
        ManagementClient management = new(client);
        agents.Ask("connect", $"{address} 1");
        List<Row> rows = [];
        foreach (int together in (int[])[1, 16, 64])
        {
            double[][] rounds = await MeasureAsync(
                options,
                together,
                async () => await client.CallAsync<JsonElement>("echo", [Text]),
                async () => await client.CallAsync<JsonElement>("relay", [Text]),
                async () => await management.SendCommandAsync(Agent, "echo", Text));
            rows.Add(Compare($"M2 command to an agent, {together} in flight (against direct calls)", rounds, 0, Target.Ceiling(2.5, null, "{0:0.0} ×")));
            rows.Add(Compare("M2 the same against two bare calls, one behind the other", rounds, 1, Target.None));
        }

        directory.Delete(recursive: true);
        return rows;
    }

    // Microseconds for one of each kind, in each round.
    private static async Task<double[][]> MeasureAsync(RunOptions options, int together, params Func<Task>[] kinds)
    {
        foreach (Func<Task> kind in kinds)
        {
            await TimeAsync(together, RunOptions.WarmUp.TotalSeconds, kind);
        }

        double[][] rounds = new double[options.Rounds][];
        for (int round = 0; round < rounds.Length; round++)
        {
            rounds[round] = new double[kinds.Length];
            for (int i = 0; i < kinds.Length; i++)
            {
                rounds[round][i] = await TimeAsync(together, options.Seconds, kinds[i]);
            }
        }

        return rounds;
    }

    private static async Task<double> TimeAsync(int together, double seconds, Func<Task> call)
    {
        int done = 0;
        long start = Stopwatch.GetTimestamp();
        long end = start + (long)(seconds * Stopwatch.Frequency);
        await Task.WhenAll(Enumerable.Range(0, together).Select(async _ =>
        {
            for (; Stopwatch.GetTimestamp() < end; Interlocked.Increment(ref done))
            {
                await call();
            }
        }));
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / done;
    }

    private static Row Compare(string title, double[][] rounds, int with, Target target)
    {
        double[] ratios = [.. rounds.Select(round => round[^1] / round[with]).Order()];
        return new Row(
            title,
            $"{rounds.Select(round => round[with]).Median():0.0} µs",
            $"{rounds.Select(round => round[^1]).Median():0.0} µs",
            $"{ratios.Median():0.00} ({ratios[0]:0.00} to {ratios[^1]:0.00})",
            target,
            ratios.Median());
    }
}
#endif
