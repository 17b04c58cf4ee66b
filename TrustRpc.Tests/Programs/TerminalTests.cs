using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Programs;

/// <summary>What the client shows where somebody looks on: Python makes the terminal.</summary>
public sealed class TerminalTests
{
    private const string Escape = "\e[";
    private const string Green = "\e[32m";

    [PythonFact]
    public async Task Progress_is_a_bar_in_place_and_gone_before_the_result()
    {
        string shown = await ShowAsync([], "stream", "work", "4", "--total", "4");

        Assert.Contains("\e[K[" + Green + "#######", shown, StringComparison.Ordinal);
        Assert.Contains(" 50%  2", shown, StringComparison.Ordinal);
        Assert.EndsWith("\e[K\"4 steps done.\"\n", shown, StringComparison.Ordinal);
    }

    [PythonFact]
    public async Task A_call_shows_the_progress_of_its_method_as_a_stream_does()
    {
        string shown = await ShowAsync([], "call", "work", "steps=4", "--total", "4");

        Assert.Contains(" 50%  2", shown, StringComparison.Ordinal);
        Assert.EndsWith("\e[K\"4 steps done.\"\n", shown, StringComparison.Ordinal);
        Assert.Equal("\"2 steps done.\"\n", await ShowAsync([], "call", "work", "2", "null"));
    }

    [PythonFact]
    public async Task Colour_is_there_and_not_where_it_is_not_wanted()
    {
        Assert.Contains(Escape + "1mMETHOD", await ShowAsync([], "methods"), StringComparison.Ordinal);
        Assert.DoesNotContain(Escape + "1m", await ShowAsync(new() { ["NO_COLOR"] = "1" }, "methods"), StringComparison.Ordinal);
        Assert.DoesNotContain(Green, await ShowAsync(new() { ["NO_COLOR"] = "1" }, "stream", "work", "4", "--total", "4"), StringComparison.Ordinal);
        Assert.Equal("progress 1\n\"1 steps done.\"\n", await ShowAsync(new() { ["TERM"] = "dumb" }, "stream", "work", "1"));
    }

    [PythonFact]
    public async Task A_result_does_not_steer_the_terminal()
    {
        string shown = await ShowAsync([], "call", "echo", "\"a\u009b31mb\"");

        Assert.Contains("a\\u009B31mb", shown, StringComparison.Ordinal);
        Assert.DoesNotContain('\u009b', shown);
    }

    private static async Task<string> ShowAsync(Dictionary<string, string> environment, params string[] words)
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:terminal.sock");
        place.Environment["TRUSTRPC_SERVER"] = address;
        place.Environment["TERM"] = "xterm";
        foreach ((string name, string value) in environment)
        {
            place.Environment[name] = value;
        }

        ProgramRun run = place.StartProgram(
            PythonTheoryAttribute.Program, ["-c", "import os, pty, sys; sys.exit(os.WEXITSTATUS(pty.spawn(sys.argv[1:])))", "dotnet", Repository.Program("TrustRpc.Client"), .. words]);
        return (await run.EndAsync()).Ended(0).Output.ReplaceLineEndings("\n");
    }
}
