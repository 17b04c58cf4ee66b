using System.Diagnostics;
using System.Text.Json.Nodes;
using TrustRpc.Client.CommandLine;
using TrustRpc.Client.Measuring;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary><c>ping</c>: the round-trip times of the protocol's own ping.</summary>
internal static class PingCommand
{
    private const int WarmUp = 100;
    private const int DefaultCount = 1000;
    private const int MostCount = 10_000_000;

    public static Command Description => new("ping", "Measures round-trip times, one ping after the other")
    {
        Options =
        [
            new("--count", "N", "how many pings") { Short = "-c", Default = $"{DefaultCount}" },
            new("--interval", "SECONDS", "wait between them") { Default = "0" },
            Option.Json,
            Option.Server,
        ],
        Notes = [$"{WarmUp} pings come before those that count. JSON has the times in seconds. Ctrl+C ends it early and prints what there is."],
        Examples = ["trustrpc ping -c 100", "trustrpc ping --server tcp://127.0.0.1:8888 --json"],
        RunAsync = RunAsync,
    };

    private static async Task<int> RunAsync(Arguments arguments)
    {
        int count = Numbers.Read("--count", arguments.One("--count"), DefaultCount, MostCount);
        TimeSpan interval = Seconds.Read("--interval", arguments.One("--interval") ?? "0", orZero: true);
        RpcEndpoint server = ServerAddress.Of(arguments);
        using StopSignals signals = new();
        await using RpcClient client = await RpcClient.ConnectAsync(server, cancellationToken: signals.Token);
        Latencies latencies = new();
        try
        {
            for (int i = 0; interval == TimeSpan.Zero && i < WarmUp; i++)
            {
                await PingAsync(client, signals.Token);
            }

            for (int i = 0; i < count; i++)
            {
                if (i > 0 && interval > TimeSpan.Zero)
                {
                    await Task.Delay(interval, signals.Token);
                }

                long start = Stopwatch.GetTimestamp();
                await PingAsync(client, signals.Token);
                latencies.Add(Stopwatch.GetTimestamp() - start);
            }
        }
        catch (OperationCanceledException) when (latencies.Count > 0)
        {
            // What there is is printed, and the exit code says the rest.
        }

        using OutputLines output = new();
        if (arguments.Has(Option.Json.Name))
        {
            JsonObject json = new() { ["server"] = server.ToString(), ["count"] = latencies.Count };
            LatencyReport.Add(json, latencies);
            output.WriteLine(json.ToJsonString());
        }
        else
        {
            output.WriteLine($"{Terminal.Output.Bold($"{latencies.Count} round trips to {server}")}\n{LatencyReport.Text(latencies)}");
        }

        return signals.Token.IsCancellationRequested ? ExitCode.Interrupted : ExitCode.Done;
    }

    private static async ValueTask PingAsync(RpcClient client, CancellationToken cancellationToken)
    {
        try
        {
            await client.CallAsync<Ignored>("rpc.ping", cancellationToken: cancellationToken);
        }
        catch (RpcCallException e) when (e.Code == RpcErrorCode.MethodNotFound)
        {
            // Any answer is a sign of life; peers of other libraries have no such method.
        }
    }
}
