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
            Operand.Method,
            new("ARGUMENT", "as for call; NAME=@FILE feeds the stream of that name, a line of JSON for each item; progress is left out", IsOptional: true, IsRepeated: true),
        ],
        Options =
        [
            new("--input", "FILE", "what feeds the stream that the method takes, without its name; - = standard input") { Completion = Completion.Files },
            new("--count", "N", "end after so many items") { Default = "when the method ends" },
            new("--timeout", "SECONDS", "give up where the next item takes longer") { Default = "as long as it takes" },
            ProgressBar.Total,
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
        long most = Numbers.Read("--count", arguments.One("--count"), long.MaxValue, long.MaxValue);
        long? total = ProgressBar.TotalIn(arguments);
        TimeSpan timeout = arguments.One("--timeout") is { } seconds ? Seconds.Read("--timeout", seconds) : Timeout.InfiniteTimeSpan;
        using RpcConsoleLog? log = arguments.Has("--verbose") ? ConsoleLog.Open(calls: true) : null;
        using StopSignals signals = new();
        await using RpcClient client = await RpcClient.ConnectAsync(ServerAddress.Of(arguments), new RpcClientOptions { CallTimeout = timeout }, signals.Token);

        // Only the description tells which of the arguments are streams.
        Catalogue? catalogue = await Catalogue.TryAskAsync(client, signals.Token);
        OfferedMethod? offered = catalogue?.Find(method);
        if (catalogue is not null && offered is null)
        {
            throw new RpcException(RpcErrorCode.MethodNotFound, catalogue.Miss(method));
        }

        using ProgressBar bar = new(total);
        using StreamArguments words = new(arguments.Values.Skip(1), method, offered, arguments.One("--input"));
        object values = words.ToValues(bar, signals.Token);
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
        catch (Exception) when (words.Failure is { } failure)
        {
            throw failure;
        }
    }

    /// <summary>Prints items, until there are no more or nobody reads them. They are written when nothing more is there at once: many together, a lone one without delay.</summary>
    public static async Task PrintAsync(IAsyncEnumerable<JsonElement> items, long most, OutputLines output, ProgressBar bar)
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
}
