using System.Text.Json;
using TrustRpc.Client.CommandLine;
using TrustRpc.Client.Discovery;
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
            new("ARGUMENT", "JSON, or a text; by position: 2 3, or by name: a=2 b=3; @FILE is what stands in a file, - what comes on standard input", IsOptional: true, IsRepeated: true),
        ],
        Options =
        [
            new("--timeout", "SECONDS", "give up after that time; the server is told and ends the method") { Default = "30" },
            new("--notify", null, "send it as a notification: nothing comes back, not even an error"),
            Option.Server,
            Option.Verbose,
        ],
        Notes =
        [
            "What is no JSON is a text, and so is a number where the method takes a text. To be sure, write a text as JSON: '\"42\"'. After -- every word is an argument.",
            "A method that gives a stream is for: trustrpc stream",
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
        var values = CallArguments.Read(arguments.Values.Skip(1));
        using ConsoleLog? log = arguments.Has("--verbose") ? new(calls: true, audit: false) : null;
        using StopSignals signals = new();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(signals.Token);
        RpcClientOptions options = new();
        if (arguments.One("--timeout") is { } seconds)
        {
            options.CallTimeout = Seconds.Read("--timeout", seconds);
            limit.CancelAfter(options.CallTimeout);
        }

        try
        {
            await using RpcClient client = await RpcClient.ConnectAsync(ServerAddress.Of(arguments), options, limit.Token);
            if (arguments.Has("--notify"))
            {
                await NotifyAsync(client, method, values, limit.Token);
                return ExitCode.Done;
            }

            JsonElement result = await CallAsync(client, method, values, limit.Token);
            using OutputLines output = new();
            output.Write(result);
            return ExitCode.Done;
        }
        catch (OperationCanceledException) when (!signals.Token.IsCancellationRequested)
        {
            Console.Error.WriteLine($"No answer from '{method}' within {arguments.One("--timeout")} s. It may have been executed.");
            return ExitCode.TimeIsUp;
        }
    }

    // What the server would take otherwise than it was typed is found out when it refuses it: then the method was not run.
    private static async Task<JsonElement> CallAsync(RpcClient client, string method, CallArguments values, CancellationToken cancellationToken)
    {
        OfferedMethod? offered = values.IsDoubtful ? (await Catalogue.TryAskAsync(client, cancellationToken))?.Find(method) : null;
        try
        {
            JsonElement result = await CallAsync(client, method, values.ToValues(offered), cancellationToken);
            if (MayBeStream(result) && (await Catalogue.TryAskAsync(client, cancellationToken))?.Find(method) is { Streams: true })
            {
                throw new UsageException($"'{method}' gives a stream, which was ended. Its items: trustrpc stream {method} ...");
            }

            return result;
        }
        catch (RpcCallException e) when (e.Code == RpcErrorCode.InvalidParams && offered is null && values.HasBareWords)
        {
            offered = (await Catalogue.TryAskAsync(client, cancellationToken))?.Find(method);
            if (offered is null || !values.IsOtherwise(offered))
            {
                throw;
            }

            return await CallAsync(client, method, values.ToValues(offered), cancellationToken);
        }
        catch (RpcCallException e) when (e.Code == RpcErrorCode.MethodNotFound && offered is null)
        {
            if (await Catalogue.TryAskAsync(client, cancellationToken) is not { } catalogue || catalogue.Find(method) is not null)
            {
                throw;
            }

            throw new RpcException(e.Code, catalogue.Miss(method), e);
        }
    }

    private static ValueTask<JsonElement> CallAsync(RpcClient client, string method, object values, CancellationToken cancellationToken)
        => values is object?[] positional
            ? client.CallAsync<JsonElement>(method, positional, cancellationToken)
            : client.CallAsync<JsonElement>(method, values, cancellationToken);

    private static async Task NotifyAsync(RpcClient client, string method, CallArguments values, CancellationToken cancellationToken)
    {
        OfferedMethod? offered = values.IsDoubtful || values.HasBareWords ? (await Catalogue.TryAskAsync(client, cancellationToken))?.Find(method) : null;
        object sent = values.ToValues(offered);
        await (sent is object?[] positional ? client.NotifyAsync(method, positional, cancellationToken) : client.NotifyAsync(method, sent, cancellationToken));
    }

    private static bool MayBeStream(JsonElement result)
        => result.ValueKind == JsonValueKind.Object && (result.TryGetProperty("token", out _) || result.TryGetProperty("values", out _));
}
