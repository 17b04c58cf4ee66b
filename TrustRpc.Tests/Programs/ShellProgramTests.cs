using System.Text.Json;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Programs;

/// <summary><c>shell</c>: lines of a script, and a prompt on a terminal.</summary>
public sealed class ShellProgramTests
{
    private const string Enter = "\r";
    private const string Tab = "\t";
    private const string ControlC = "\u0003";
    private const string ControlD = "\u0004";
    private const string Up = "\u001b[A";

    [Fact]
    public async Task Lines_of_a_script_are_run_in_order_and_the_last_failure_is_the_exit_code()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:shell.sock");

        ProgramResult run = await RunAsync(place, address, "# a remark", "greet \"Ada Lovelace\"", "", "add a=2 b=40", "greeet Ada", "fail 'no more'", "count 3", "echo {\"two\": [1, 2]}", "call greet Bob", "exit", "greet Nobody");

        Assert.Equal("\"Hello, Ada Lovelace!\"\n42\n1\n2\n3\n{\"two\":[1,2]}\n\"Hello, Bob!\"\n", run.Ended(1).Output);
        Assert.Equal(["There is no method 'greeet' here; did you mean 'greet'?", "no more"], run.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.False(File.Exists(place.PathOf("trustrpc/history")));
    }

    [Fact]
    public async Task A_file_feeds_the_stream_that_a_method_takes()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:shell.sock");
        await File.WriteAllTextAsync(place.PathOf("numbers.jsonl"), "1\n2\n3\n");
        await File.WriteAllTextAsync(place.PathOf("words.jsonl"), "1\ntwo\n");

        ProgramResult run = await RunAsync(place, address, "sum numbers=@numbers.jsonl", "running_total --input numbers.jsonl", "sum --input -", "greet -", "sum numbers=@words.jsonl", "sum", "sum --input", "greet Ada");

        Assert.Equal("6\n1\n3\n6\n\"Hello, Ada!\"\n", run.Ended(2).Output);
        string[] errors = run.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] expected = ["what the shell itself reads", "what the shell itself reads", "Line 2 of words.jsonl is no JSON: two", "'sum' takes a stream, 'numbers'", "--input needs a file"];
        Assert.Equal(expected.Length, errors.Length);
        Assert.All(expected.Zip(errors), pair => Assert.Contains(pair.First, pair.Second, StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_tells_what_there_is_and_how_it_is_used()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:shell.sock");

        string output = (await RunAsync(place, address, "help", "methods gre*", "help add")).Ended(0).Output;

        Assert.Contains("METHOD [ARGUMENT...]", output, StringComparison.Ordinal);
        Assert.Contains("greeter.Greet", output, StringComparison.Ordinal);
        Assert.Contains("Adds two numbers.", output, StringComparison.Ordinal);
        Assert.DoesNotContain("\e", output, StringComparison.Ordinal);
        (await RunAsync(place, address, "describe")).EndedWithOneLine(2, "describe needs METHOD");
        Assert.Equal("1\n2\n", (await RunAsync(place, address, "stream count 2")).Ended(0).Output);
        (await RunAsync(place, address, "echo {1")).EndedWithOneLine(2, "The { has no end.");
        (await place.RunClientAsync("shell", "--server", "unix:nobody.sock")).EndedWithOneLine(3, "nobody.sock");
    }

    [TerminalFact]
    public async Task On_a_terminal_methods_complete_lines_are_recalled_and_Ctrl_C_gives_up_the_call_alone()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:shell.sock", "--name", "here");

        string seen = await OnTerminalAsync(
            place,
            address,
            ["here> ", "greet A"],
            ["greet A", "da" + Enter],
            ["\"Hello, Ada!\"", ""],
            ["here> ", "wor" + Tab + "10000" + Enter],
            ["\r\e[K2", ControlC],
            ["Given up.", ""],
            ["here> ", "half" + ControlC],
            ["^C", ""],
            ["here> ", Up + Up + Enter],
            ["\"Hello, Ada!\"", ""],
            ["here> ", ControlD]);

        Assert.Contains("offers", seen, StringComparison.Ordinal);
        Assert.Equal(["greet Ada", "work 10000", "greet Ada"], await File.ReadAllLinesAsync(place.PathOf("trustrpc/history")));
    }

    [TerminalFact]
    public async Task A_stream_is_given_up_and_nothing_is_kept_where_nobody_wants_it()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:shell.sock", "--name", "here");

        await OnTerminalAsync(place, address, "--no-history", ["here> ", "count 100000000" + Enter], ["\r\n1000\r\n", ControlC], ["Given up.", ""], ["here> ", "add 40 2" + Enter], ["\r\n42\r\n", ""], ["here> ", "exit" + Enter]);

        Assert.False(File.Exists(place.PathOf("trustrpc/history")));
    }

    private static Task<string> OnTerminalAsync(Workplace place, string address, params string[][] steps) => OnTerminalAsync(place, address, "--timeout=3000", steps);

    private static async Task<string> OnTerminalAsync(Workplace place, string address, string option, params string[][] steps)
    {
        place.Environment["TERM"] = "xterm";
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        ProgramRun run = place.StartProgram(
            PythonTheoryAttribute.Program, Repository.PathOf("TrustRpc.Tests", "Support", "terminal.py"), JsonSerializer.Serialize(steps), host, Repository.Program("TrustRpc.Client"), "shell", "--server", address, option);
        return (await run.EndAsync()).Ended(0).Output;
    }

    private static async Task<ProgramResult> RunAsync(Workplace place, string address, params string[] lines)
    {
        ProgramRun run = place.StartClient("shell", "--server", address);
        foreach (string line in lines)
        {
            await run.TypeAsync(line);
        }

        run.EndInput();
        return await run.EndAsync();
    }
}
