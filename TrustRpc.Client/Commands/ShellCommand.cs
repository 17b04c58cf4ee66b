using System.Runtime.InteropServices;
using TrustRpc.Client.CommandLine;
using TrustRpc.Client.Prompt;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary><c>shell</c>: any number of calls on one connection, typed or out of a script.</summary>
internal static class ShellCommand
{
    public static Command Description => new("shell", "Calls methods from a prompt, with completion and history")
    {
        Options =
        [
            Option.Server,
            new("--timeout", "SECONDS", "give up where an answer or the next item takes longer") { Default = "as long as it takes" },
            new("--no-history", null, "keep no lines beyond this shell"),
        ],
        Notes =
        [
            "At the prompt, help tells what can be typed: the name of a method and its arguments, as for call. Streams print their items as they come; Ctrl+C gives the call up and not the shell.",
            "Lines are kept in trustrpc/history in the directory XDG_STATE_HOME, else in that of your programs' own files; only you can read it. Those that begin with a space are not kept.",
            "Where standard input is no terminal, its lines are run one after the other without a prompt; the exit code is that of the last one that failed.",
        ],
        Examples = ["trustrpc shell", "printf 'greet Ada\\nadd 2 40\\n' | trustrpc shell"],
        RunAsync = RunAsync,
    };

    private static string? HistoryFile
        => Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } state ? Path.Combine(state, "trustrpc", "history")
        : Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData) is { Length: > 0 } own ? Path.Combine(own, "trustrpc", "history")
        : null;

    private static async Task<int> RunAsync(Arguments arguments)
    {
        // A call while there is no connection is told so at once; somebody sits there and can try again.
        RpcClientOptions options = new()
        {
            CallTimeout = arguments.One("--timeout") is { } seconds ? Seconds.Read("--timeout", seconds) : Timeout.InfiniteTimeSpan,
            Reconnect = new RpcReconnectOptions { FailCallsMeanwhile = true },
        };
        RpcEndpoint server = ServerAddress.Of(arguments);
        bool isPrompt = !Console.IsInputRedirected && !Console.IsOutputRedirected && Terminal.Output.IsScreen;
        await using RpcClient client = await RpcClient.ConnectAsync(server, options);
        ShellSession session = new(client);
        int? count = await session.LearnAsync(CancellationToken.None);
        if (!isPrompt)
        {
            return await RunLinesAsync(session);
        }

        string offers = count is null ? "does not say what it offers" : $"offers {Counted.Of(count.Value, "method")}";
        Console.WriteLine($"'{Name.Printable(client.Server.Name)}' at {server} {offers}. Tab completes, help explains, Ctrl+D ends.");
        return await PromptAsync(session, Name.Printable(client.Server.Name) + "> ", new History(arguments.Has("--no-history") ? null : HistoryFile));
    }

    private static async Task<int> PromptAsync(ShellSession session, string prompt, History history)
    {
        LineEditor editor = new(new TerminalScreen(), history, session.Complete);
        CancellationTokenSource? running = null;
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            Volatile.Read(ref running)?.Cancel();
        });
        int last = ExitCode.Done;
        while (!session.IsOver)
        {
            Console.TreatControlCAsInput = true;
            string? line = editor.Read(prompt);
            Console.TreatControlCAsInput = false;
            if (line is null)
            {
                return last;
            }

            // Not disposed: a signal that comes late may still look at it.
            CancellationTokenSource call = new();
            Volatile.Write(ref running, call);
            int code = await session.RunAsync(line, call.Token);
            Volatile.Write(ref running, null);
            last = string.IsNullOrWhiteSpace(line) || session.IsOver ? last : code;
        }

        return last;
    }

    private static async Task<int> RunLinesAsync(ShellSession session)
    {
        using StopSignals signals = new();
        int failed = ExitCode.Done;

        // A read from the console cannot be given up, so it has a thread that the end of the program does not wait for.
        while (!session.IsOver && await Task.Run(Console.In.ReadLine, CancellationToken.None).WaitAsync(signals.Token) is { } line)
        {
            int code = await session.RunAsync(line, signals.Token);
            signals.Token.ThrowIfCancellationRequested();
            failed = code == ExitCode.Done ? failed : code;
        }

        return failed;
    }
}
