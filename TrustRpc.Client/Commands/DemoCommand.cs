using TrustRpc.Client.CommandLine;
using TrustRpc.Client.Demo;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary>Without a sub-command: shows what the framework does, over every transport of this platform.</summary>
internal static class DemoCommand
{
    public static Command Description => new("demo", "Shows every kind of call, stream and error, over every transport")
    {
        Options =
        [
            new("--server", "URI", "run against that server, with this environment's TRUST_ID") { MayRepeat = true, Default = "one of its own in this process, with a fresh secret" },
            Option.Verbose,
        ],
        Notes = ["It runs as well where no sub-command is named."],
        Examples = ["trustrpc", "trustrpc demo --server tcp://127.0.0.1:8888"],
        RunAsync = RunAsync,
    };

    private static async Task<int> RunAsync(Arguments arguments)
    {
        using RpcConsoleLog? log = arguments.Has("--verbose") ? ConsoleLog.Open(calls: true) : null;
        using StopSignals signals = new();
        string[] named = arguments.All("--server");
        RpcEndpoint[] endpoints = Array.ConvertAll(named, RpcEndpoint.Parse);
        if (OperatingSystem.IsWindows() && !Console.IsOutputRedirected)
        {
            Console.OutputEncoding = System.Text.Encoding.UTF8;
        }

        if (endpoints.Length > 0)
        {
            SecretWarnings.Tell(arguments);
        }

        await using DemoServer? own = endpoints.Length == 0 ? await DemoServer.StartAsync() : null;
        TrustId trustId = own?.TrustId ?? TrustId.FromEnvironment();
        Report report = new();
        report.Title(own is null
            ? $"TrustRpc: calls to {string.Join(", ", named)} (secret {trustId.Fingerprint})."
            : $"TrustRpc: calls between a client and a server in this process, with a fresh secret ({trustId.Fingerprint}).");
        foreach (RpcEndpoint endpoint in own?.Endpoints ?? endpoints)
        {
            await new Demonstration(endpoint, trustId, report, signals.Token).RunAsync();
        }

        if (own is not null)
        {
            await using ReconnectDemonstration again = new(report, signals.Token);
            await again.RunAsync();
            await using ManagementDemonstration managed = new(report, signals.Token);
            await managed.RunAsync();
        }

        return report.Finish() ? ExitCode.Done : ExitCode.MethodFailed;
    }
}
