using TrustRpc.Client.CommandLine;
using TrustRpc.Client.Recording;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary><c>replay</c>: a recording again, as the client towards a server, or as the server.</summary>
internal static class ReplayCommand
{
    private const int Longest = 500;

    public static Command Description => new("replay", "Makes the calls of a recording again, or answers as it was answered")
    {
        Operands = [new("FILE", "what 'record' has written", Completion: Completion.Files)],
        Options =
        [
            Option.Server,
            new("--ignore", "NAME", "members with that name need not be the same, such as times") { MayRepeat = true },
            new("--json", null, "print every comparison as a line of JSON"),
            .. ListenOption.All("none: it calls the server; with an address it is the server"),
            new("--verbose", null, "log to standard error"),
        ],
        Notes =
        [
            "Towards a server: the conversations of the file one after the other, each with the client's calls and notifications in their order, at the pace of the answers. What the server answers is compared "
                + "with what it answered then; of a stream the items, however they travel. Call-backs are answered as they were. Values that record has left out are sent as \"" + Redaction.Mark + "\".",
            "With --listen: every call with a method and arguments that are in the file gets the answer from there; several answers to the same come in their order, the last one again and again. "
                + "It makes no call-backs and reports no progress.",
            "A file that record had to end early says so in its last line; calls without an answer in it are left out then.",
        ],
        ExitCodes = ExitMeaning.OfReplaying,
        Examples = ["trustrpc replay calls.jsonl --ignore timestamp", "trustrpc replay calls.jsonl --listen unix:as-then.sock"],
        RunAsync = RunAsync,
    };

    private static Task<int> RunAsync(Arguments arguments)
    {
        IReadOnlyList<RecordedConversation> conversations = RecordingFile.Read(arguments.Values[0], out bool isCut);
        if (isCut)
        {
            Console.Error.WriteLine($"warning: {arguments.Values[0]} is incomplete: it had reached the size that record was allowed (--max-size). Calls whose answers would have come later are left out.");
        }

        return arguments.All("--listen").Length > 0 ? ServeAsync(arguments, conversations) : CallAsync(arguments, conversations);
    }

    private static async Task<int> CallAsync(Arguments arguments, IReadOnlyList<RecordedConversation> conversations)
    {
        using RpcConsoleLog? log = arguments.Has("--verbose") ? ConsoleLog.Open(calls: true) : null;
        using StopSignals signals = new();
        RpcEndpoint server = ServerAddress.Of(arguments);
        HashSet<string> ignored = [.. arguments.All("--ignore")];
        bool json = arguments.Has("--json");
        int same = 0;
        int other = 0;
        foreach (RecordedConversation conversation in conversations)
        {
            await new Replayer(conversation, server, Report).RunAsync(signals.Token);

            void Report(RecordedCall call, Answer now)
            {
                var then = Answer.Recorded(call);
                bool isSame = then.IsAs(now, ignored);
                _ = isSame ? Interlocked.Increment(ref same) : Interlocked.Increment(ref other);
                if (json)
                {
                    Console.WriteLine(JsonLine.Of(new { conversation = conversation.Number, method = call.Method, @params = call.Parameters, same = isSame, then = then.ToJson(), now = now.ToJson() }));
                }
                else if (!isSame)
                {
                    Console.WriteLine($"{Terminal.Output.Bold(Name.Printable(call.Method))} {Short(call.Parameters?.GetRawText() ?? "")}\n  then {Terminal.Output.Green(Short(then.ToString()))}\n  now  {Terminal.Output.Red(Short(now.ToString()))}");
                }
            }
        }

        Console.Error.WriteLine(Outcome(same, other));
        return other == 0 ? ExitCode.Done : ExitCode.MethodFailed;
    }

    private static string Outcome(int same, int other) => (same, other) switch
    {
        (0, 0) => "There is no answer to compare.",
        (1, 0) => "The answer is the same as in the recording.",
        (0, 1) => "The answer differs from the one in the recording.",
        (_, 0) => $"All {same} answers are the same as in the recording.",
        (_, 1) => $"1 of {same + other} answers differs from the recording.",
        _ => $"{other} of {same + other} answers differ from the recording.",
    };

    private static async Task<int> ServeAsync(Arguments arguments, IReadOnlyList<RecordedConversation> conversations)
    {
        var listen = ListenOptions.Read(arguments, [], values: 1);
        using StopSignals signals = new();
        using RpcConsoleLog log = ConsoleLog.Open(arguments.Has("--verbose"));
        using ServerCertificate? certificate = listen.LoadCertificate();
        await using RpcServer server = new(listen.ToServerOptions(certificate));
        string[] methods = Playback.AddTo(server.Services, [.. conversations.SelectMany(conversation => conversation.Steps).Where(step => !step.IsCancellation).Select(step => step.Call)]);
        if (methods.Length == 0)
        {
            throw new UsageException($"{arguments.Values[0]} holds no call that was answered.");
        }

        await ListenOptions.StartAsync(server, listen.Endpoints, signals.Token);
        foreach (RpcEndpoint endpoint in server.Endpoints)
        {
            StandardStreams.Tell($"Serving on {endpoint}");
        }

        Console.Error.WriteLine($"Answers as recorded: {string.Join(", ", methods.Select(Name.Printable))}");
        await signals.Waiting();
        await server.StopAsync();
        StandardStreams.Tell("Stopped.");
        return ExitCode.Done;
    }

    private static string Short(string text)
    {
        string plain = Run.OneLine(Name.Printable(text));
        return plain.Length <= Longest ? plain : plain[..Longest] + "…";
    }
}
