#if TRUSTRPC_API
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TrustRpc.Benchmarks.Control;
using TrustRpc.Benchmarks.Report;
using TrustRpc.Benchmarks.Workloads;
using TrustRpc.Management;

namespace TrustRpc.Benchmarks.Management;

/// <summary>
/// A command to each of a thousand agents in turn, beside a call of each that the server makes itself; and commands to one agent that is there alone, beside a direct call of the server and beside a method that does nothing but
/// call the agent. One after the other and many at once.
/// </summary>
internal sealed class CommandWorkload() : Workload("m2")
{
    internal const string Text = "forty characters make a text of usual size";

    private const int AgentCount = 1000;

    internal override IEnumerable<Row> Run(RunOptions options) => [.. RunAsync(options, EachAsync).GetAwaiter().GetResult(), .. RunAsync(options, OneAsync).GetAwaiter().GetResult()];

    private static async Task<IReadOnlyList<Row>> RunAsync(RunOptions options, Func<RunOptions, ChildProcess, ChildProcess[], string, Task<List<Row>>> measure)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("trustrpc-");
        using ChildProcess server = new(false, "role:managed", directory.FullName);
        using ChildProcess one = new(false, "role:agents", "one");
        using ChildProcess two = new(false, "role:agents", "two");
        List<Row> rows = await measure(options, server, [one, two], server.Ask("serve", "file 0"));
        directory.Delete(recursive: true);
        return rows;
    }

    private static async Task<List<Row>> EachAsync(RunOptions options, ChildProcess server, ChildProcess[] agents, string address)
    {
        await Task.WhenAll(agents.Select(process => Task.Run(() => process.Ask("connect", $"{address} {AgentCount / agents.Length}"))));
        await using RpcClient client = await BossAsync(address);
        ManagementClient management = new(client);
        List<Row> rows = [];
        int next = 0;
        foreach (int together in (int[])[1, 16, 64])
        {
            double[][] rounds = await MeasureAsync(
                options,
                seconds => Task.Run(() => double.Parse(server.Ask("call", string.Create(CultureInfo.InvariantCulture, $"{seconds} {together}")), CultureInfo.InvariantCulture)),
                seconds => TimeAsync(together, seconds, async () => await client.CallAsync<JsonElement>("echo", [Text])),
                seconds => TimeAsync(together, seconds, async () =>
                {
                    int number = Interlocked.Increment(ref next) % AgentCount;
                    await management.SendCommandAsync($"{(number % 2 == 0 ? "one" : "two")}-{(number / 2) + 1:0000}", "echo", Text);
                }));
            rows.Add(Compare($"M2 command to each of {AgentCount:#,0} agents, {together} in flight (against calls of each)", rounds, 0, Target.Ceiling(2.5, null, "{0:0.0} ×")));
            rows.Add(Compare("M2 the same against calls of the server", rounds, 1, Target.None));
        }

        return rows;
    }

    private static async Task<List<Row>> OneAsync(RunOptions options, ChildProcess server, ChildProcess[] agents, string address)
    {
        await using RpcClient client = await BossAsync(address);
        ManagementClient management = new(client);
        agents[0].Ask("connect", $"{address} 1");
        List<Row> rows = [];
        foreach (int together in (int[])[1, 16, 64])
        {
            double[][] rounds = await MeasureAsync(
                options,
                seconds => TimeAsync(together, seconds, async () => await client.CallAsync<JsonElement>("echo", [Text])),
                seconds => TimeAsync(together, seconds, async () => await client.CallAsync<JsonElement>("relay", [Text])),
                seconds => TimeAsync(together, seconds, async () => await management.SendCommandAsync("one-0001", "echo", Text)));
            rows.Add(Compare($"M2 command to a lone agent, {together} in flight (against calls of the server)", rounds, 0, Target.None));
            rows.Add(Compare("M2 the same against two bare calls, one behind the other", rounds, 1, Target.None));
        }

        return rows;
    }

    private static Task<RpcClient> BossAsync(string address) => RpcClient.ConnectAsync(address, new RpcClientOptions { TrustId = TrustId.Parse(Secret.Shared), ClientId = "boss" });

    // Microseconds for one of each kind, in each round.
    private static async Task<double[][]> MeasureAsync(RunOptions options, params Func<double, Task<double>>[] kinds)
    {
        foreach (Func<double, Task<double>> kind in kinds)
        {
            await kind(RunOptions.WarmUp.TotalSeconds);
        }

        double[][] rounds = new double[options.Rounds][];
        for (int round = 0; round < rounds.Length; round++)
        {
            rounds[round] = new double[kinds.Length];
            for (int i = 0; i < kinds.Length; i++)
            {
                rounds[round][i] = await kinds[i](options.Seconds);
            }
        }

        return rounds;
    }

    /// <summary>Calls over and over, so many at a time.</summary>
    /// <returns>Microseconds for a call.</returns>
    internal static async Task<double> TimeAsync(int together, double seconds, Func<Task> call)
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
