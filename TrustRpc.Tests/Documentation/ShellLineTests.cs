using System.Text.RegularExpressions;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Documentation;

/// <summary>Every line of shell in the documentation and every example of the commands' help is run by a shell: pipes, redirections, quotation marks and all.</summary>
public sealed partial class ShellLineTests
{
    // In the place of 'dotnet run' and of the tool: what these tests were built with, at addresses and for times that suit them.
    private const string Program = """
        #!/bin/sh
        name=$1; shift
        case "$name $*" in
            'TrustRpc.Server keygen'*) ;;
            'TrustRpc.Server chat'*) set -- "$@" --listen unix:chat.sock ;;
            'TrustRpc.Server'*) set -- "$@" --listen unix:default.sock --clients none ;;
            'TrustRpc.Client chat'*) set -- "$@" --server unix:chat.sock ;;
            *' --listen '*) ;;
            'TrustRpc.Client serve'*) set -- "$@" --listen unix:default.sock ;;
            'TrustRpc.Client bench'*) set -- "$@" --duration 0.2 ;;
            'TrustRpc.Client ping'*) set -- "$@" -c 3 ;;
        esac
        for word do
            shift
            [ "$word" = tcp://127.0.0.1:8888 ] && word=$DOC_TCP
            set -- "$@" "$word"
        done
        exec "$DOC_DOTNET" "$DOC_ROOT/$name/bin/$DOC_CONFIGURATION/net10.0/$name.dll" "$@"
        """;

    private const string Dotnet = """
        #!/bin/sh
        [ "$1 $2" = 'run --project' ] || exec "$DOC_DOTNET" "$@"
        name=$3; shift 3
        [ "$1" = -- ] && shift
        exec program "$name" "$@"
        """;

    private const string Trustrpc = """
        #!/bin/sh
        exec program TrustRpc.Client "$@"
        """;

    private const string Recording = """
        {"time":0,"conversation":1,"direction":"to_server","message":{"jsonrpc":"2.0","id":1,"method":"greet","params":["Ada"]}}
        {"time":1,"conversation":1,"direction":"to_client","message":{"jsonrpc":"2.0","id":1,"result":"Hello, Ada!"}}
        """;

    public static TheoryData<string> Lines => [.. Found];

    private static string[] Found =>
    [
        .. Documents.All.SelectMany(MarkdownBlock.In).Where(block => block.Language == "sh").SelectMany(block => block.Text.Split('\n'))
            .Concat(File.ReadLines(Repository.PathOf("docs", "COMMANDS.md")).Where(line => Example().IsMatch(line)).Select(line => line.Trim()))
            .Where(line => line.Length > 0 && !IsForElsewhere(line)).Distinct(),
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
        (await run.EndAsync()).Ended(0);
        if (Redirection().Match(line) is { Success: true } redirection)
        {
            string file = redirection.Groups["file"].Value.Replace("~", place.PathOf(""), StringComparison.Ordinal);
            Assert.NotEqual(0, new FileInfo(place.PathOf(file)).Length);
        }
    }

    [Fact]
    public void Lines_are_found()
    {
        Assert.Contains("(umask 077; dotnet run --project TrustRpc.Server -- keygen > .env)", Found);
        Assert.Contains("trustrpc stream count 1000000 | head -n 3", Found);
    }

    private static async Task PrepareAsync(Workplace place, string line)
    {
        Directory.CreateDirectory(place.PathOf("bin"));
        foreach ((string name, string text) in ((string, string)[])[("program", Program), ("dotnet", Dotnet), ("trustrpc", Trustrpc)])
        {
            await File.WriteAllTextAsync(place.PathOf("bin/" + name), text.ReplaceLineEndings("\n") + "\n");
            MakeExecutable(place.PathOf("bin/" + name));
        }

        ProgramRun server = place.StartServer("--listen", "unix:server.sock", "--listen", "tcp://127.0.0.1:0", "--stats", "--clients", "none");
        await server.ReadUntilAsync("Serving on unix:");
        place.Environment["DOC_TCP"] = (await server.ReadUntilAsync("Serving on tcp:"))["Serving on ".Length..];
        place.Environment["DOC_DOTNET"] = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        place.Environment["DOC_ROOT"] = Repository.Root;
        place.Environment["DOC_CONFIGURATION"] = Repository.Configuration;
        place.Environment["TRUSTRPC_SERVER"] = "unix:server.sock";
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
        place.Environment["PATH"] = place.PathOf("bin") + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH");
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
            (await place.RunClientAsync("call", "greet", "Ada", "--server", "unix:server.sock")).Ended(0);
        }

        await first;
    }

    private static void MakeExecutable(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    // This test itself, a line for another shell, and words in capitals that stand for others.
    private static bool IsForElsewhere(string line)
        => line == "dotnet test" || line.Contains("Invoke-Expression", StringComparison.Ordinal) || line.StartsWith("trustrpc COMMAND", StringComparison.Ordinal);

    [GeneratedRegex(@"^  (.*\| )?\(?(umask 077; )?trustrpc\b(?!.*(\[OPTIONS\]|  ))")]
    private static partial Regex Example();

    [GeneratedRegex(@"^dotnet run --project TrustRpc\.Server( -- chat)?$|(Client --|trustrpc) (agent|subscribe|chat|serve|record)\b|--watch|replay .*--listen| top (?!.*--count)")]
    private static partial Regex GoesOn();

    [GeneratedRegex(@" > (?<file>[^\s)]+)")]
    private static partial Regex Redirection();
}
