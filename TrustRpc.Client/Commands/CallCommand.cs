using System.Text;
using System.Text.Json;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary><c>call</c>: one call from a script; the result as JSON on standard output.</summary>
internal static class CallCommand
{
    private static string Help => $"""
        Calls a method and prints its result as JSON.

        Usage:  dotnet run --project TrustRpc.Client -- call METHOD [ARGUMENT...] [OPTIONS]

        An argument is JSON; what is no JSON is taken as a text. By position: 2 3. By name: a=2 b=3. After -- every word is an argument.

        Options:
          {ServerAddress.Help}
          --timeout SECONDS give up after that time
          --verbose         log to standard error
          --help            this

        The secret is the variable TRUST_ID, else the same name in the nearest .env. Errors are one line on standard error.
        {ExitCodes}

        Examples:
          dotnet run --project TrustRpc.Client -- call greet Ada
          dotnet run --project TrustRpc.Client -- call add a=2 b=40 --server tcp://127.0.0.1:8888
          dotnet run --project TrustRpc.Client -- call echo '[1, {"two": null}]'
        """;

    public const string ExitCodes = """
        Exit codes:  0 done                       1 the method failed
                     2 wrong usage, or no usable secret
                     3 cannot connect, or lost     4 not trusted (TRUST_ID differs, ...) or not permitted
                     5 no such method, or wrong arguments
                     6 busy or going away: try again later
                     7 time is up                130 interrupted
        """;

    public static async Task<int> RunAsync(string[] words)
    {
        Arguments arguments = Arguments.Read(words, ["--server", "--timeout"], ["--verbose", "--help"]);
        if (arguments.Has("--help"))
        {
            Console.WriteLine(Help);
            return ExitCode.Done;
        }

        if (arguments.Values.Count == 0)
        {
            throw new UsageException("call needs the name of a method. See call --help.");
        }

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
