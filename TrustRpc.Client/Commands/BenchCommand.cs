using System.Globalization;
using System.Text.Json.Nodes;
using TrustRpc.Client.CommandLine;
using TrustRpc.Client.Measuring;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary><c>bench</c>: how many calls of a method a server answers in a second, and how long each takes.</summary>
internal static class BenchCommand
{
    private const int DefaultConnections = 1;
    private const int DefaultInFlight = 16;
    private const int MostConnections = 1000;
    private const int MostInFlight = 10_000;
    private const double DefaultDuration = 5;
    private const double WarmUpShare = 0.2;

    private static readonly TimeSpan LongestWarmUp = TimeSpan.FromSeconds(2);

    public static Command Description => new("bench", "Calls a method as fast as it goes: calls a second, times, errors")
    {
        Operands =
        [
            Operand.Method,
            new("ARGUMENT", "as for call", IsOptional: true, IsRepeated: true),
        ],
        Options =
        [
            new("--connections", "N", "connections side by side") { Default = $"{DefaultConnections}" },
            new("--in-flight", "N", "calls at once on each; 1 = the next one when the last is answered") { Default = $"{DefaultInFlight}" },
            new("--duration", "SECONDS", "how long") { Default = $"{DefaultDuration}" },
            Option.Json,
            Option.Server,
        ],
        Notes =
        [
            "One call comes first, to see that it works; then some that warm up both ends and do not count. JSON has the times in seconds. Ctrl+C ends it early and prints what there is.",
            "Exit code 1 where some of the calls failed.",
        ],
        Examples = ["trustrpc bench greet Ada", "trustrpc bench add 1 2 --connections 4 --in-flight 64 --duration 10 --json"],
        RunAsync = RunAsync,
    };

    private static async Task<int> RunAsync(Arguments arguments)
    {
        string method = arguments.Values[0];
        var words = CallArguments.Read(arguments.Values.Skip(1));
        int connections = Numbers.Read("--connections", arguments.One("--connections"), DefaultConnections, MostConnections);
        int inFlight = Numbers.Read("--in-flight", arguments.One("--in-flight"), DefaultInFlight, MostInFlight);
        TimeSpan duration = Seconds.Read("--duration", arguments.One("--duration") ?? DefaultDuration.ToString(CultureInfo.InvariantCulture));
        RpcEndpoint server = ServerAddress.Of(arguments);
        using StopSignals signals = new();
        List<RpcClient> clients = [];
        try
        {
            while (clients.Count < connections)
            {
                clients.Add(await RpcClient.ConnectAsync(server, cancellationToken: signals.Token));
            }

            using ProgressBar unseen = new(total: null, onTerminalAlone: true);
            (_, object values) = await MethodCall.RunAsync(clients[0], method, words, unseen, signals.Token);
            CallLoops loops = new(method, values);
            TimeSpan warmUp = TimeSpan.FromTicks(Math.Min(LongestWarmUp.Ticks, (long)(duration.Ticks * WarmUpShare)));
            Latencies latencies = await loops.RunAsync(clients, inFlight, warmUp, duration, signals.Token);
            Print(arguments, server, method, connections, inFlight, loops, latencies);
            return signals.Token.IsCancellationRequested ? ExitCode.Interrupted : loops.Errors.Count > 0 ? ExitCode.MethodFailed : ExitCode.Done;
        }
        finally
        {
            await Task.WhenAll(clients.Select(client => client.DisposeAsync().AsTask()));
        }
    }

    private static void Print(Arguments arguments, RpcEndpoint server, string method, int connections, int inFlight, CallLoops loops, Latencies latencies)
    {
        long errors = loops.Errors.Values.Sum();
        double rate = latencies.Count / Math.Max(loops.Elapsed.TotalSeconds, double.Epsilon);
        using OutputLines output = new();
        if (arguments.Has(Option.Json.Name))
        {
            JsonObject json = new()
            {
                ["server"] = server.ToString(),
                ["method"] = method,
                ["connections"] = connections,
                ["inFlight"] = inFlight,
                ["seconds"] = loops.Elapsed.TotalSeconds,
                ["calls"] = latencies.Count,
                ["callsPerSecond"] = Math.Round(rate, 1),
                ["errors"] = errors,
            };
            LatencyReport.Add(json, latencies);
            output.WriteLine(json.ToJsonString());
            return;
        }

        string wide = string.Create(CultureInfo.InvariantCulture, $"{connections} connection{(connections == 1 ? "" : "s")}, {inFlight} in flight on each, {loops.Elapsed.TotalSeconds:0.0} s");
        string kinds = string.Join(", ", loops.Errors.Select(error => string.Create(CultureInfo.InvariantCulture, $"{error.Key} {error.Value:N0}")));
        output.WriteLine(Terminal.Output.Bold($"{Name.Printable(method)} at {server}: {wide}"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  calls/s {rate,10:N0}\n  calls   {latencies.Count,10:N0}\n  errors  {errors,10:N0}{(errors > 0 ? $"  {kinds}" : "")}"));
        if (latencies.Count > 0)
        {
            output.WriteLine(LatencyReport.Text(latencies));
        }
    }
}
