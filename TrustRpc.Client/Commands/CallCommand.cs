using System.Text.Json;
using TrustRpc.Client.CommandLine;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary><c>call</c>: one call from a script; the result as JSON on standard output.</summary>
internal static class CallCommand
{
    public static Command Description => new("call", "Calls a method and prints its result as JSON")
    {
        Operands =
        [
            Operand.Method,
            new("ARGUMENT", "JSON, or a text; by position: 2 3, or by name: a=2 b=3; @FILE is what stands in a file, - what comes on standard input", IsOptional: true, IsRepeated: true),
        ],
        Options =
        [
            new("--timeout", "SECONDS", "give up after that time; the server is told and ends the method") { Default = "30" },
            ProgressBar.Total,
            new("--notify", null, "send it as a notification: nothing comes back, not even an error"),
            Option.Server,
            Option.Verbose,
        ],
        Notes =
        [
            "What is no JSON is a text, and so is a number where the method takes a text: that shows when the server refuses the number, and the call is sent again. To be sure, write a text as JSON: '\"42\"'. After -- every word is an argument.",
            "On a terminal progress that the method reports is a bar on standard error. A method that gives or takes a stream is for: trustrpc stream",
        ],
        Examples =
        [
            "trustrpc call greet Ada",
            "trustrpc call add a=2 b=40 --server tcp://127.0.0.1:8888",
            """trustrpc call echo '[1, {"two": null}]'""",
            "date | trustrpc call greet -",
        ],
        RunAsync = RunAsync,
    };

    private static async Task<int> RunAsync(Arguments arguments)
    {
        string method = arguments.Values[0];
        var words = CallArguments.Read(arguments.Values.Skip(1));
        using ProgressBar bar = new(ProgressBar.TotalIn(arguments), onTerminalAlone: true);
        using RpcConsoleLog? log = arguments.Has("--verbose") ? ConsoleLog.Open(calls: true) : null;
        using StopSignals signals = new();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(signals.Token);
        RpcClientOptions options = new();
        if (arguments.One("--timeout") is { } seconds)
        {
            options.CallTimeout = Seconds.Read("--timeout", seconds);
            limit.CancelAfter(options.CallTimeout);
        }

        RpcEndpoint server = ServerAddress.Of(arguments);
        bool isConnected = false;
        try
        {
            await using RpcClient client = await RpcClient.ConnectAsync(server, options, limit.Token);
            isConnected = true;
            if (arguments.Has("--notify"))
            {
                await MethodCall.NotifyAsync(client, method, words, limit.Token);
                return ExitCode.Done;
            }

            (JsonElement result, _) = await MethodCall.RunAsync(client, method, words, bar, limit.Token);
            using OutputLines output = new();
            output.Write(result);
            return ExitCode.Done;
        }
        catch (OperationCanceledException) when (!signals.Token.IsCancellationRequested)
        {
            string time = $"within {arguments.One("--timeout")} s";
            Console.Error.WriteLine(isConnected ? $"No answer from '{method}' {time}. It may have been executed." : $"No connection to {server} {time}. '{method}' was not executed.");
            return ExitCode.TimeIsUp;
        }
    }
}
