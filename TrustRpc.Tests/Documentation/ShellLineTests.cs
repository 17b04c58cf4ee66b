using System.Text.RegularExpressions;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Documentation;

/// <summary>Every line of shell in the documentation and every example of the commands' help is run by a shell: pipes, redirections, quotation marks and all.</summary>
public sealed partial class ShellLineTests(ShellScene scene) : IClassFixture<ShellScene>
{
    private const string Tool = "trustrpc";
    private const string FromSources = "dotnet run --project TrustRpc.Client";

    private const string Recording = """
        {"time":0,"conversation":1,"direction":"to_server","message":{"jsonrpc":"2.0","id":1,"method":"greet","params":["Ada"]}}
        {"time":1,"conversation":1,"direction":"to_client","message":{"jsonrpc":"2.0","id":1,"result":"Hello, Ada!"}}
        """;

    public static TheoryData<string> Lines => [.. Found];

    private static string[] Found =>
    [
        .. Documents.All.SelectMany(MarkdownBlock.In).Where(block => block.Language == "sh").SelectMany(block => block.Text.Split('\n'))
            .Concat(File.ReadLines(Repository.PathOf("docs", "COMMANDS.md")).Where(line => Example().IsMatch(line)).Select(line => line.Trim()))
            .Where(line => line.Length > 0 && !IsForElsewhere(line)).DistinctBy(line => line.Replace(FromSources + " --", Tool, StringComparison.Ordinal).Replace(FromSources, Tool, StringComparison.Ordinal)),
    ];

    [UnixTheory]
    [MemberData(nameof(Lines))]
    public async Task A_line_does_what_it_is_there_for(string line)
    {
        await using Workplace place = new();
        await PrepareAsync(place, line);

        ProgramRun run = place.StartProgram("/bin/sh", "-c", line);

        if (GoesOn().IsMatch(line))
        {
            await WaitForOutputAsync(place, run);
            return;
        }

        run.EndInput();
        ProgramResult result = (await run.EndAsync()).Ended(0);
        if (Redirection().Match(line) is { Success: true } redirection)
        {
            string file = redirection.Groups["file"].Value.Replace("~", place.PathOf(""), StringComparison.Ordinal);
            Assert.NotEqual(0, new FileInfo(place.PathOf(file)).Length);
            return;
        }

        Assert.True(result.Output.Length + result.Errors.Length > 0 || SaysNothing().IsMatch(line), line);
    }

    [Fact]
    public void Lines_are_found()
    {
        Assert.Contains("(umask 077; dotnet run --project TrustRpc.Server -- keygen > .env)", Found);
        Assert.Contains("trustrpc stream count 1000000 | head -n 3", Found);
    }

    private async Task PrepareAsync(Workplace place, string line)
    {
        foreach ((string name, string value) in scene.Environment)
        {
            place.Environment[name] = value;
        }

        place.Environment["HOME"] = place.PathOf("");
        if (line.Contains(" send ", StringComparison.Ordinal))
        {
            await place.StartClient("agent", "--name", "lab-pc-7").ReadUntilAsync("Connected");
        }

        if (line.Contains("--forget", StringComparison.Ordinal))
        {
            await ComeAndGoAsync(place, "lab-pc-6");
        }

        if (line.Contains("Client -- chat", StringComparison.Ordinal) || line.StartsWith("trustrpc chat", StringComparison.Ordinal))
        {
            await place.StartServer("chat", "--listen", "unix:chat.sock").ReadUntilAsync("Chat on");
        }

        if (line.Contains("--server unix:between.sock", StringComparison.Ordinal))
        {
            await place.ServeAsync("unix:between.sock");
        }

        if (line.Contains(" replay ", StringComparison.Ordinal))
        {
            await File.WriteAllTextAsync(place.PathOf("calls.jsonl"), Recording);
        }

        Directory.CreateDirectory(place.PathOf("answers"));
        Directory.CreateDirectory(place.PathOf(".config/fish/completions"));
        await File.WriteAllTextAsync(place.PathOf("answers/greet.json"), "\"Hello!\"");
        await File.WriteAllTextAsync(place.PathOf("app.log"), "started\n");
    }

    private static async Task ComeAndGoAsync(Workplace place, string name)
    {
        ProgramRun agent = place.StartClient("agent", "--name", name);
        await agent.ReadUntilAsync("Connected");
        agent.Signal(ProgramRun.Interrupt);
        await agent.EndAsync();
        while (!(await place.RunClientAsync("clients", "--offline", "--json")).Ended(0).Output.Contains(name, StringComparison.Ordinal))
        {
            // The server sees to the end of the connection in its own time.
        }
    }

    // What waits for something to happen gets clients that come and go.
    private static async Task WaitForOutputAsync(Workplace place, ProgramRun run)
    {
        Task<string> first = run.ReadUntilAsync("");
        while (!first.IsCompleted)
        {
            (await place.RunClientAsync("call", "greet", "Ada", "--server", place.Environment["TRUSTRPC_SERVER"])).Ended(0);
        }

        await first;
    }

    // This test itself, a line for another shell, and words in capitals that stand for others.
    private static bool IsForElsewhere(string line)
        => line == "dotnet test" || line.Contains("Invoke-Expression", StringComparison.Ordinal) || line.StartsWith("trustrpc COMMAND", StringComparison.Ordinal);

    [GeneratedRegex(@"^  (.*\| )?\(?(umask 077; )?trustrpc\b(?!.*(\[OPTIONS\]|  ))")]
    private static partial Regex Example();

    [GeneratedRegex(@"^dotnet run --project TrustRpc\.Server( -- chat)?$|(Client --|trustrpc) (agent|subscribe|chat|serve|record)\b|--watch|replay .*--listen| top (?!.*--count)")]
    private static partial Regex GoesOn();

    [GeneratedRegex("--forget| shell$")]
    private static partial Regex SaysNothing();

    [GeneratedRegex(@" > (?<file>[^\s)]+)")]
    private static partial Regex Redirection();
}
