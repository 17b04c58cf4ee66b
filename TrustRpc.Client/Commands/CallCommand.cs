using System.Text;
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
            new("METHOD", "the name of a method", Completion: Completion.Methods),
            new("ARGUMENT", "JSON; what is no JSON is taken as a text. By position: 2 3. By name: a=2 b=3", IsOptional: true, IsRepeated: true),
        ],
        Options =
        [
            new("--timeout", "SECONDS", "give up after that time") { Default = "30" },
            Option.Server,
            Option.Verbose,
        ],
        Notes = ["After -- every word is an argument."],
        Examples =
        [
            "trustrpc call greet Ada",
            "trustrpc call add a=2 b=40 --server tcp://127.0.0.1:8888",
            """trustrpc call echo '[1, {"two": null}]'""",
        ],
        RunAsync = RunAsync,
    };

    private static async Task<int> RunAsync(Arguments arguments)
    {
        using ConsoleLog? log = arguments.Has("--verbose") ? new(calls: true, audit: false) : null;
        using StopSignals signals = new();
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(signals.Token);
        if (arguments.One("--timeout") is { } seconds)
        {
            timeout.CancelAfter(Seconds.Read("--timeout", seconds));
        }

        try
        {
            string[] values = [.. arguments.Values];
            await CallAsync(ServerAddress.Of(arguments), values[0], CallArguments.Read(values.AsSpan(1)), timeout.Token);
            return ExitCode.Done;
        }
        catch (OperationCanceledException) when (!signals.Token.IsCancellationRequested)
        {
            Console.Error.WriteLine($"No answer from '{arguments.Values[0]}' within {arguments.One("--timeout")} s. It may have been executed.");
            return ExitCode.TimeIsUp;
        }
    }

    private static async Task CallAsync(RpcEndpoint server, string method, object values, CancellationToken cancellationToken)
    {
        await using RpcClient client = await RpcClient.ConnectAsync(server, cancellationToken: cancellationToken);
        JsonElement result = values is object?[] positional
            ? await client.CallAsync<JsonElement>(method, positional, cancellationToken)
            : await client.CallAsync<JsonElement>(method, values, cancellationToken);

        // Bytes, not Console: what a program reads must not depend on the terminal's encoding.
        using Stream output = Console.OpenStandardOutput();
        output.Write(Encoding.UTF8.GetBytes(result.GetRawText() + "\n"));
    }
}
