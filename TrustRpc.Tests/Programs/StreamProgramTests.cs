using System.Runtime.CompilerServices;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Programs;

public sealed class StreamProgramTests
{
    [Theory]
    [InlineData("1\n2\n3\n", "count", "3")]
    [InlineData("1\n2\n", "count", "n=1000000", "--count", "2")]
    [InlineData("", "count", "0")]
    [InlineData("\"Hello, Ada!\"\n", "greet", "Ada")]
    public async Task Items_are_lines_and_a_lone_result_is_one(string expected, params string[] words)
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:stream.sock");

        ProgramResult run = await place.RunClientAsync(["stream", "--server", address, .. words]);

        Assert.Equal(expected, run.Ended(0).Output);
        Assert.Equal("", run.Errors);
    }

    [Fact]
    public async Task A_line_of_the_input_becomes_an_item_at_once_and_an_item_a_line()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:stream.sock");
        ProgramRun run = place.StartClient("stream", "running_total", "--input", "-", "--server", address);

        await run.TypeAsync("40");
        await run.ReadUntilAsync("40");
        await run.TypeAsync("2");
        await run.ReadUntilAsync("42");
        run.EndInput();

        Assert.Equal("40\n42\n", (await run.EndAsync()).Ended(0).Output);
    }

    [Fact]
    public async Task The_input_may_be_a_file_and_its_lines_texts_where_the_method_takes_texts()
    {
        await using Workplace place = new();
        await using RpcServer server = await place.ServeHereAsync("join.sock", services => services.Add("join", JoinAsync));
        await File.WriteAllTextAsync(place.PathOf("names.txt"), "Ada\n\"Grace\"\n42\n");

        Assert.Equal("\"Ada, Grace, 42\"\n", (await place.RunClientAsync("stream", "join", ", ", "--input", "names.txt")).Ended(0).Output);
    }

    [Fact]
    public async Task Each_of_several_streams_is_fed_by_its_name()
    {
        await using Workplace place = new();
        await using RpcServer server = await place.ServeHereAsync("both.sock", services => services.Add("both", BothAsync));
        await File.WriteAllTextAsync(place.PathOf("names.txt"), "Ada\nGrace\n");
        await File.WriteAllTextAsync(place.PathOf("numbers.txt"), "1\n2\n");

        foreach (string[] words in (string[][])[["names=@names.txt", "Numbers=@numbers.txt", "; "], ["--input", "names.txt", "numbers=@numbers.txt", "; "]])
        {
            Assert.Equal("\"Ada; Grace; 3\"\n", (await place.RunClientAsync(["stream", "both", .. words])).Ended(0).Output);
        }

        (await place.RunClientAsync("stream", "both", "names=@names.txt", "; ")).EndedWithOneLine(2, "'both' takes a stream, 'numbers': --input FILE or numbers=@FILE feeds it");
        (await place.RunClientAsync("stream", "both", "names=@names.txt", "names=@names.txt", "; ")).EndedWithOneLine(2, "'names' is given twice");
        (await place.RunClientAsync("stream", "both", "names=Ada", "; ")).EndedWithOneLine(2, "names=@FILE feeds it");
        (await place.RunClientAsync("stream", "both", "names=@names.txt", "numbers=@numbers.txt", "--input", "names.txt", "; ")).EndedWithOneLine(2, "Each stream of 'both' is fed already");
    }

    [Theory]
    [InlineData(2, "takes a stream, 'numbers': --input FILE", "sum")]
    [InlineData(2, "'count' takes no stream", "count", "3", "--input", "-")]
    [InlineData(2, "none.txt", "sum", "--input", "none.txt")]
    [InlineData(2, "Line 2 of lines.txt is no JSON: two", "sum", "--input", "lines.txt")]
    [InlineData(2, "--count 0", "count", "3", "--count", "0")]
    [InlineData(2, "takes 0 arguments beside its streams", "sum", "1", "--input", "lines.txt")]
    [InlineData(5, "did you mean 'count'?", "cuont", "3")]
    public async Task A_mistake_is_one_line(int exitCode, string expected, params string[] words)
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:stream.sock");
        await File.WriteAllTextAsync(place.PathOf("lines.txt"), "1\ntwo\n");

        (await place.RunClientAsync(["stream", "--server", address, .. words])).EndedWithOneLine(exitCode, expected);
    }

    [Fact]
    public async Task Progress_that_nobody_watches_on_a_terminal_is_a_line_for_each_report()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:stream.sock");

        ProgramResult run = await place.RunClientAsync("stream", "work", "3", "--server", address);

        Assert.Equal("\"3 steps done.\"\n", run.Ended(0).Output);
        Assert.Equal("progress 1\nprogress 2\nprogress 3\n", run.Errors);
    }

    [UnixFact]
    public async Task An_interrupt_ends_the_stream_at_the_server_as_well()
    {
        await using Workplace place = new();
        TaskCompletionSource ended = new();
        await using RpcServer server = await place.ServeHereAsync("endless.sock", services => services.Add("endless", (CancellationToken token) => EndlessAsync(ended, token)));
        ProgramRun run = place.StartClient("stream", "endless");
        await run.ReadUntilAsync("1");

        run.Signal(ProgramRun.Interrupt);

        ProgramResult result = (await run.EndAsync()).Ended(130);
        Assert.Equal("", result.Errors);
        await ended.Task.InTime();
    }

    [UnixFact]
    public async Task A_reader_that_has_enough_ends_it_quietly()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:stream.sock");
        place.Environment["TRUSTRPC_SERVER"] = address;

        ProgramRun run = place.StartProgram("/bin/sh", "-c", "(dotnet \"$0\" stream count 1000000000; echo \"ended with $?\" >&2) | head -n 2", Repository.Program("TrustRpc.Client"));

        ProgramResult result = (await run.EndAsync()).Ended(0);
        Assert.Equal("1\n2\n", result.Output);
        Assert.Equal("ended with 0\n", result.Errors);
    }

    private static async Task<string> BothAsync(string separator, IAsyncEnumerable<string> names, IAsyncEnumerable<int> numbers, CancellationToken cancellationToken)
        => string.Join(separator, [.. await names.ToArrayAsync(cancellationToken), $"{await numbers.SumAsync(cancellationToken)}"]);

    private static async Task<string> JoinAsync(string separator, IAsyncEnumerable<string> texts, CancellationToken cancellationToken)
        => string.Join(separator, await texts.ToArrayAsync(cancellationToken));

    private static async IAsyncEnumerable<int> EndlessAsync(TaskCompletionSource ended, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            yield return 1;
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        finally
        {
            ended.SetResult();
        }
    }
}
