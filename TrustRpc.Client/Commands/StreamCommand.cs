using System.Text.Json;
using TrustRpc.Client.CommandLine;
using TrustRpc.Client.Discovery;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary><c>stream</c>: a method's items as they come, lines for the stream that it takes, and its progress.</summary>
internal static class StreamCommand
{
    public static Command Description => new("stream", "Prints what a method streams, feeds what it takes, shows its progress")
    {
        Operands =
        [
            new("METHOD", "the name of a method", Completion: Completion.Methods),
            new("ARGUMENT", "as for call; those that are streams or progress are left out", IsOptional: true, IsRepeated: true),
        ],
        Options =
        [
            new("--input", "FILE", "what feeds the stream that the method takes: a line of JSON for each item; - = standard input") { Completion = Completion.Files },
            new("--count", "N", "end after so many items") { Default = "when the method ends" },
            new("--timeout", "SECONDS", "give up where the next item takes longer") { Default = "as long as it takes" },
            new("--total", "N", "what progress counts up to, for the bar") { Default = "what the reports say" },
            Option.Server,
            Option.Verbose,
        ],
        Notes =
        [
            "Items go to standard output, one per line, as they come. Progress goes to standard error: on a terminal a bar, else a line for each report.",
            "A line of the input that is no JSON is a text, where the method takes texts. A result that is no stream is printed as by call.",
            "Ctrl+C ends the stream at the server as well; so does whoever reads the output and stops (| head), which is no failure.",
        ],
        Examples =
        [
            "trustrpc stream count 1000000 | head -n 3",
            "seq 10 | trustrpc stream running_total --input -",
            "trustrpc stream work 200 --total 200",
        ],
        RunAsync = RunAsync,
    };

    private static async Task<int> RunAsync(Arguments arguments)
    {
        string method = arguments.Values[0];
        var words = CallArguments.Read(arguments.Values.Skip(1));
        if (words.ReadsStandardInput && arguments.One("--input") == ArgumentWord.StandardInput)
        {
            throw new UsageException("Standard input (-) is an argument already; --input takes a file then.");
        }

        long most = Numbers.Read("--count", arguments.One("--count"), long.MaxValue, long.MaxValue);
        long? total = arguments.One("--total") is { } number ? Numbers.Read("--total", number, 0, long.MaxValue) : null;
        TimeSpan timeout = arguments.One("--timeout") is { } seconds ? Seconds.Read("--timeout", seconds) : Timeout.InfiniteTimeSpan;
        using ConsoleLog? log = arguments.Has("--verbose") ? new(calls: true, audit: false) : null;
        using StopSignals signals = new();
        using InputLines? input = arguments.One("--input") is { } path ? InputLines.Open(path) : null;
        await using RpcClient client = await RpcClient.ConnectAsync(ServerAddress.Of(arguments), new RpcClientOptions { CallTimeout = timeout }, signals.Token);

        // Only the description tells which of the arguments are streams.
        Catalogue? catalogue = await Catalogue.TryAskAsync(client, signals.Token);
        OfferedMethod? offered = catalogue?.Find(method);
        if (catalogue is not null && offered is null)
        {
            throw new RpcException(RpcErrorCode.MethodNotFound, catalogue.Miss(method));
        }

        using ProgressBar bar = new(total);
        object values = Values(words, method, offered, input, bar, signals.Token);
        using OutputLines output = new();
        try
        {
            if (offered is { Streams: false })
            {
                JsonElement result = await client.CallAsync<JsonElement>(method, values, signals.Token);
                bar.Clear();
                output.Write(result);
                return ExitCode.Done;
            }

            await PrintAsync(client.StreamAsync<JsonElement>(method, values, signals.Token), most, output, bar);
            return ExitCode.Done;
        }
        catch (Exception) when (input?.Failure is { } failure)
        {
            throw failure;
        }
    }

    // Written when nothing more is there at once: many items together, a lone one without delay.
    private static async Task PrintAsync(IAsyncEnumerable<JsonElement> items, long most, OutputLines output, ProgressBar bar)
    {
        await using IAsyncEnumerator<JsonElement> each = items.GetAsyncEnumerator();
        for (long count = 0; count < most && !output.IsClosed; count++)
        {
            ValueTask<bool> next = each.MoveNextAsync();
            if (!next.IsCompleted)
            {
                output.Flush();
            }

            if (!await next)
            {
                return;
            }

            bar.Clear();
            output.Write(each.Current);
        }
    }

    /// <summary>The arguments of a call, with its stream and its progress among them.</summary>
    internal static object Values(CallArguments words, string method, OfferedMethod? offered, InputLines? input, ProgressBar bar, CancellationToken cancellationToken)
    {
        if (input is not null && (offered is null || offered.Input is null))
        {
            throw new UsageException(offered is null ? "The server does not say what its methods take, so --input has no place." : $"'{method}' takes no stream, so --input is of no use.");
        }

        if (input is null && offered?.Input is { } needed)
        {
            throw new UsageException($"'{method}' takes a stream, '{needed.Name}': --input FILE feeds it, --input - from standard input.");
        }

        if (offered?.Input is null && offered?.Progress is null)
        {
            return words.ToValues(offered);
        }

        Dictionary<string, object?> values = words.ByName(offered);
        if (offered.Input is { } taken)
        {
            values[taken.Name] = input!.ReadAsync(taken.Schema, cancellationToken);
        }

        if (offered.Progress is { } reported)
        {
            values[reported.Name] = bar;
        }

        return values;
    }
}
