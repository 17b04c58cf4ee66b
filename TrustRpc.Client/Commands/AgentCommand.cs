using TrustRpc.Client.CommandLine;
using TrustRpc.Management;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary><c>agent</c>: a client that a server manages, with a few commands to try.</summary>
internal static class AgentCommand
{
    public static Command Description => new("agent", "Stays connected as a managed client and executes what it is told")
    {
        Options =
        [
            new("--name", "NAME", "the name for people") { Default = "this machine's" },
            new("--id", "ID", "the id that commands go to") { Default = "the name" },
            new("--schedule", "FILE", "what get_schedule answers: a JSON object with a member for each day") { Default = "a sample", Completion = Completion.Files },
            new("--end-with-input", null, "end in order when standard input ends, and so with the program that started it and holds the other end"),
            Option.Server,
            Option.Verbose,
        ],
        Tables =
        [
            new("Its commands",
            [
                ("ping", """{"pong": true, ...}"""),
                ("get_schedule", "the schedule; with a day as payload (\"monday\") that day's"),
                ("run_report", """works for a moment and reports its progress; payload: {"pages": 3}"""),
            ]),
        ],
        Notes = ["It connects again by itself, until Ctrl+C or SIGTERM."],
        Examples = ["trustrpc agent --name lab-pc-7"],
        RunAsync = RunAsync,
    };

    private static async Task<int> RunAsync(Arguments arguments)
    {
        using RpcConsoleLog? log = arguments.Has("--verbose") ? ConsoleLog.Open(calls: true) : null;
        using StopSignals signals = new();
        if (arguments.Has("--end-with-input"))
        {
            signals.WatchInput();
        }

        string name = Name.Check(arguments.One("--name") ?? Environment.MachineName);
        string id = Name.Check(arguments.One("--id") ?? name, "--id");
        AgentMethods methods = new(arguments.One("--schedule"), StandardStreams.Tell);
        RpcClientOptions options = new() { ClientId = id, ClientName = name, Reconnect = new RpcReconnectOptions { IncludeFirstConnection = true } };
        methods.AddTo(options.Commands);
        RpcEndpoint server = ServerAddress.Of(arguments);
        Console.Error.WriteLine($"Agent '{name}' ({id}) connects to {server}.");
        await using RpcClient? client = await ConnectAsync(server, options, signals.Token);
        if (client is null)
        {
            return ExitCode.Done;
        }

        StandardStreams.Tell($"Connected to '{client.Server.Name}'.");
        TaskCompletionSource<int> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        client.StateChanged += (_, change) =>
        {
            StandardStreams.Tell($"{change.State}: {Name.Printable(change.Reason)}");
            if (change.State == RpcClientState.Closed)
            {
                ended.TrySetResult(change.Error is { } error ? ExitCode.Of(error) : ExitCode.NotConnected);
            }
        };
        await Task.WhenAny(signals.Waiting(), ended.Task);
        return signals.Token.IsCancellationRequested ? ExitCode.Done : await ended.Task;
    }

    // Null where it was told to end first, which is in order whether it has a connection or not.
    private static async Task<RpcClient?> ConnectAsync(RpcEndpoint server, RpcClientOptions options, CancellationToken end)
    {
        try
        {
            return await RpcClient.ConnectAsync(server, options, end);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            return null;
        }
    }
}
