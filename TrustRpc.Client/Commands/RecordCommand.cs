using System.Globalization;
using TrustRpc.Client.CommandLine;
using TrustRpc.Client.Doctor;
using TrustRpc.Client.Recording;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary><c>record</c>: stands between clients and a server and writes down every message.</summary>
internal static class RecordCommand
{
    private const string Anywhere = "tcp://127.0.0.1:0";
    private const long Mebibyte = 1024 * 1024;
    private const int MostMebibytes = 256;

    public static Command Description => new("record", "Stands between clients and a server and writes down every message")
    {
        Operands = [new("FILE", "where to; it must not be there yet", Completion: Completion.Files)],
        Options =
        [
            Option.Server,
            .. ListenOption.All("a free port of this machine"),
            new("--leave-out", "NAME", "leave out the values of members with that name as well") { MayRepeat = true },
            new("--max-size", "MEBIBYTES", "write no more than that; clients are served further") { Default = MostMebibytes.ToString(CultureInfo.InvariantCulture) },
            new("--overwrite", null, "replace the file where it is there"),
            new("--verbose", null, "log to standard error"),
        ],
        Notes =
        [
            "It holds TRUST_ID, so it can prove itself to both sides: clients connect to it instead of the server, each over a connection of its own, and see the server's name and limits. "
                + "Each message is a line of JSON: {\"time\", \"conversation\", \"direction\", \"message\"}, the time in milliseconds since the start. Ctrl+C ends it. Where the file is as large as it may be, its last line is {\"time\", \"event\": \"full\", \"max_bytes\"}.",
            $"The handshake is never in the file. Left out are TRUST_ID wherever it stands in a text, and the values of members that are called {string.Join(", ", Redaction.Usual[..^1])} or {Redaction.Usual[^1]}, "
                + "in any case, with or without - and _. Everything else that is called and answered is in the file, which only you can read: mind to whom you give it.",
        ],
        ExitCodes = ExitMeaning.OfCalls,
        Examples = ["trustrpc record calls.jsonl --listen unix:between.sock", "trustrpc call greet Ada --server unix:between.sock"],
        RunAsync = RunAsync,
    };

    private static async Task<int> RunAsync(Arguments arguments)
    {
        var listen = ListenOptions.Read(arguments, [Anywhere], values: 1);
        RpcEndpoint server = ServerAddress.Of(arguments);
        long most = Mebibytes(arguments.One("--max-size"));
        using StopSignals signals = new();
        using RpcConsoleLog? log = arguments.Has("--verbose") ? ConsoleLog.Open(calls: true) : null;
        using ServerCertificate? certificate = listen.LoadCertificate();
        RpcServerOptions options = await LikeAsync(server, listen.ToServerOptions(certificate), signals.Token);
        Redaction redaction = new(arguments.All("--leave-out"), TrustId.FromEnvironment().ExportSecretText());
        using RecordingWriter recording = new(arguments.Values[0], arguments.Has("--overwrite"), most, redaction, TimeProvider.System)
        {
            Filled = why => Console.Error.WriteLine($"warning: {arguments.Values[0]} {why}. Nothing of what follows is recorded; clients are served further."),
        };
        await using Recorder recorder = new(recording, server);
        foreach (RpcEndpoint endpoint in listen.Endpoints)
        {
            StandardStreams.Tell($"Recording on {await recorder.ListenAsync(endpoint, options, signals.Token)}");
        }

        await signals.Waiting();
        await recorder.DisposeAsync();
        StandardStreams.Tell($"{Counted.Of(recording.Messages, "message")} of {Counted.Of(recorder.Conversations, "conversation")} {(recording.Messages == 1 ? "is" : "are")} in {arguments.Values[0]}{(recording.IsFull ? "; there were more, which the file did not take" : "")}.");
        return ExitCode.Done;
    }

    // Clients are to find the name and the limits that the server has.
    private static async Task<RpcServerOptions> LikeAsync(RpcEndpoint server, RpcServerOptions options, CancellationToken cancellationToken)
    {
        await using TrustStream seen = await TrustStream.ConnectAsync(server, cancellationToken: cancellationToken);
        await Farewell.SayAsync(seen, cancellationToken);
        options.Name ??= seen.PeerName;
        options.MaxFrameLength = seen.MaxFrameLength;
        options.MaxCallsPerConnection = seen.MaxCalls;
        options.KeepAlive = seen.KeepAlive;
        return options;
    }

    private static long Mebibytes(string? text)
        => text is null ? MostMebibytes * Mebibyte
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0 ? count * Mebibyte
        : throw new UsageException($"--max-size {text}: that is not a number of mebibytes from 1 on.");
}
