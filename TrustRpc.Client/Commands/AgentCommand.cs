using TrustRpc.Management;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary><c>agent</c>: a client that a server manages, with a few commands to try.</summary>
internal static class AgentCommand
{
    private static string Help => $$"""
        A managed client: stays connected, connects again by itself, and executes what it is told until Ctrl+C or SIGTERM.

        Usage:  dotnet run --project TrustRpc.Client -- agent [OPTIONS]

        Options:
          --name NAME       the name for people; default: this machine's
          --id ID           the id that commands go to; default: the name
          --schedule FILE   what get_schedule answers: a JSON object with a member for each day; default: a sample
          {{ServerAddress.Help}}
          --verbose         log to standard error
          --help            this

        Commands:
          ping              {"pong": true, ...}
          get_schedule      the schedule; with a day as payload ("monday") that day's
          run_report        works for a moment and reports its progress; payload: {"pages": 3}

        Example, with 'dotnet run --project TrustRpc.Server' in another terminal:
          dotnet run --project TrustRpc.Client -- agent --name lab-pc-7
          dotnet run --project TrustRpc.Client -- send lab-pc-7 ping
        """;

    public static async Task<int> RunAsync(string[] words)
    {
        Arguments arguments = Arguments.Read(words, ["--server", "--name", "--id", "--schedule"], ["--verbose", "--help"]);
        if (arguments.Has("--help"))
        {
            Console.WriteLine(Help);
            return ExitCode.Done;
        }

        if (arguments.Values.Count > 0)
        {
            throw new UsageException($"'{arguments.Values[0]}' is not an option. See agent --help.");
        }

        using ConsoleLog? log = arguments.Has("--verbose") ? new(calls: true, audit: false) : null;
        using StopSignals signals = new();
        string name = Name.Check(arguments.One("--name") ?? Environment.MachineName);
        string id = Name.Check(arguments.One("--id") ?? name);
        AgentMethods methods = new(arguments.One("--schedule"), Console.WriteLine);
        RpcClientOptions options = new() { ClientId = id, ClientName = name, Reconnect = new RpcReconnectOptions { IncludeFirstConnection = true } };
        methods.AddTo(options.Commands);
        RpcEndpoint server = ServerAddress.Of(arguments);
        Console.Error.WriteLine($"Agent '{name}' ({id}) connects to {server}.");
        await using RpcClient client = await RpcClient.ConnectAsync(server, options, signals.Token);
        Console.WriteLine($"Connected to '{client.Server.Name}'.");
        TaskCompletionSource<int> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        client.StateChanged += (_, change) =>
        {
            Console.WriteLine($"{change.State}: {Name.Printable(change.Reason)}");
            if (change.State == RpcClientState.Closed)
            {
                ended.TrySetResult(change.Error is { } error ? ExitCode.Of(error) : ExitCode.NotConnected);
            }
        };
        await Task.WhenAny(signals.Waiting(), ended.Task);
        return signals.Token.IsCancellationRequested ? ExitCode.Done : await ended.Task;
    }
}
