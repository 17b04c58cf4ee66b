using TrustRpc.Client.Demo;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary>Without a sub-command: shows what the framework does, over every transport of this platform.</summary>
internal static class DemoCommand
{
    private static string Help => $"""
        TrustRpc.Client without a sub-command runs the demonstration: every kind of call, of stream and of error, over every transport of
        this platform. It starts a server of its own in this process, with a fresh secret, unless one is named.

        Usage:  dotnet run --project TrustRpc.Client [-- OPTIONS]
                dotnet run --project TrustRpc.Client -- call METHOD [ARGUMENT...] [OPTIONS]
                dotnet run --project TrustRpc.Client -- agent | clients | send | subscribe | sync | chat [OPTIONS]
                dotnet run --project TrustRpc.Client -- openrpc [OPTIONS]
                dotnet run --project TrustRpc.Client -- top [URI] [OPTIONS]

        Options:
          --server URI      run against that server, with the TRUST_ID of the environment; may be given several times
          --verbose         log every call to standard error
          --help            this

        Sub-commands, each with --help:
          call              one call from a script: the result as JSON, errors by exit code
          agent             a managed client with a few commands
          clients           who is there, as a table; --watch keeps it up to date
          send              a command to a client, or to all
          subscribe         what happens on the server, as it happens
          sync              take part in sync from standard input
          chat              lines of text between terminals: handshake and frames, no RPC
          openrpc           what a server offers, as an OpenRPC document
          top               a server's live figures: calls, errors and times by method, connections

        {CallCommand.ExitCodes}

        Example:
          dotnet run --project TrustRpc.Client -- call greet Ada --server tcp://127.0.0.1:8888
        """;

    public static async Task<int> RunAsync(string[] words)
    {
        Arguments arguments = Arguments.Read(words, ["--server"], ["--verbose", "--help"]);
        if (arguments.Has("--help"))
        {
            Console.WriteLine(Help);
            return ExitCode.Done;
        }

        if (arguments.Values.Count > 0)
        {
            throw new UsageException($"'{arguments.Values[0]}' is not an option. See --help.");
        }

        using ConsoleLog? log = arguments.Has("--verbose") ? new(calls: true, audit: false) : null;
        using StopSignals signals = new();
        string[] named = arguments.All("--server");
        RpcEndpoint[] endpoints = Array.ConvertAll(named, RpcEndpoint.Parse);
        if (OperatingSystem.IsWindows() && !Console.IsOutputRedirected)
        {
            Console.OutputEncoding = System.Text.Encoding.UTF8;
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
