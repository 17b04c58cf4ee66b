using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Documentation;

[Collection("Builds")]
public sealed class ReadmeTests
{
    private const string TelemetryOutput = """
        rpc.client.call.duration rpc.system.name=jsonrpc, rpc.method=trace
        One trace spans both.
        trustrpc.connections = 2 {connection}
        trustrpc.calls.active = 0 {call}
        trustrpc.calls.pending = 0 {call}
        trustrpc.streams = 0 {stream}
        trustrpc.output.queued = 0 By

        """;

    /// <summary>Those that <see cref="A_script_runs_as_a_file"/> compiles and runs.</summary>
    public static readonly string[] Scripts = ["samples/csharp-script/call.cs", "samples/csharp-script/stream.cs"];

    private static string Readme => Repository.PathOf("README.md");

    [Fact]
    public void Every_block_of_code_is_a_whole_sample()
    {
        List<MarkdownBlock> blocks = MarkdownBlock.In(Readme).FindAll(block => block.Language == "csharp");

        Assert.NotEmpty(blocks);
        Assert.All(blocks, block => Assert.Equal(File.ReadAllText(Repository.PathOf(block.Source!)).ReplaceLineEndings("\n"), block.Text));
    }

    [Fact]
    public async Task The_smallest_server_and_client_talk_to_each_other()
    {
        await using Workplace place = new();
        ProgramRun server = place.Start(Repository.Program("samples/smallest-server"));
        await server.ReadUntilAsync("Serving.");

        ProgramRun client = place.Start(Repository.Program("samples/smallest-client"));

        Assert.Equal("Hello, Ada!\n", (await client.EndAsync()).Ended(0).Output);
        await server.TypeAsync("");
        (await server.EndAsync()).Ended(0);
    }

    [Theory]
    [InlineData("samples/streams", "1\n2\n3\n5050\n")]
    [InlineData("samples/telemetry", TelemetryOutput)]
    [InlineData("samples/embedding/child-process", "Parent: 12 squared is 144.\nChild: the peer said goodbye (shutdown).\n")]
    [InlineData("samples/embedding/console", "At work.\nStopped.\n")]
    [InlineData("samples/management", "1 client, Chemistry, 2 pages\nschedule_update {\"room\":\"A2\"}\n")]
    [InlineData("samples/own-store", "lab-pc-1 is online.\nlab-pc-1 is offline.\nlab-pc-2 is online.\n")]
    [InlineData("samples/deadlines", "Its time is up.\nGiven up.\n")]
    public async Task A_sample_that_is_server_and_client_prints_what_it_says(string sample, string expected)
    {
        await using Workplace place = new();

        ProgramRun run = place.Start(Repository.Program(sample));
        run.EndInput();

        Assert.Equal(expected, (await run.EndAsync()).Ended(0).Output);
    }

    [Fact]
    public async Task A_host_of_plugins_serves_what_they_bring()
    {
        await using Workplace place = new();

        ProgramRun run = place.Start(Repository.Program("samples/embedding/plugin-host"), Repository.Program("samples/embedding/plugin"));

        Assert.Equal("dice.sum: Adds up what some dice show.\n6\n", (await run.EndAsync()).Ended(0).Output);
    }

    [Fact]
    public async Task The_client_that_reconnects_goes_on_with_the_next_server()
    {
        await using Workplace place = new();
        ProgramRun first = place.Start(Repository.Program("samples/smallest-server"));
        await first.ReadUntilAsync("Serving.");
        ProgramRun client = place.Start(Repository.Program("samples/reconnecting"));
        await client.TypeAsync("Ada");
        await client.ReadUntilAsync("Hello, Ada!");

        await first.TypeAsync("");
        await first.EndAsync();
        await client.ReadUntilAsync("Reconnecting: ");
        await client.TypeAsync("Grace");
        ProgramRun second = place.Start(Repository.Program("samples/smallest-server"));

        await client.ReadUntilAsync("Hello, Grace!");
        await client.TypeAsync("");
        Assert.Contains("Connected: ", (await client.EndAsync()).Ended(0).Output, StringComparison.Ordinal);
        await second.TypeAsync("");
        (await second.EndAsync()).Ended(0);
    }

    [Theory]
    [InlineData(0, "Hello, Ada!\n42\n")]
    [InlineData(1, "1\n2\n3\nHello, Ada! Hello, Grace!\n")]
    public async Task A_script_runs_as_a_file(int script, string expected)
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("tcp://127.0.0.1:0");

        // Build servers that outlive the command would hold its output open.
        place.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        place.Environment["UseSharedCompilation"] = "false";
        ProgramRun run = place.Start("run", Repository.PathOf(Scripts[script]), address);

        Assert.Equal(expected, (await run.EndAsync()).Ended(0).Output);
    }

    [Fact]
    public void Every_shell_line_names_a_project_and_a_sub_command_that_exist()
    {
        string[] lines = [.. MarkdownBlock.In(Readme).Where(block => block.Language == "sh").SelectMany(block => block.Text.Split('\n'))];

        Assert.Contains("dotnet run --project TrustRpc.Client", lines);
        Assert.Contains("dotnet test", lines);
        Assert.All(lines.Where(line => line.Contains("--project ", StringComparison.Ordinal)), line =>
        {
            string[] words = line[(line.IndexOf("--project ", StringComparison.Ordinal) + "--project ".Length)..].TrimEnd(')').Split(' ');
            Assert.True(File.Exists(Repository.PathOf(words[0], words[0] + ".csproj")), line);
            if (words is [_, "--", var command, ..] && !command.StartsWith('-'))
            {
                string file = char.ToUpperInvariant(command[0]) + command[1..] + "Command.cs";
                Assert.True(File.Exists(Repository.PathOf(words[0], "Commands", file)), line);
            }
        });
    }

    [Fact]
    public void Every_link_to_a_file_leads_to_one()
    {
        foreach (string document in Documents.All)
        {
            string[] parts = File.ReadAllText(document).Split("](");
            foreach (string part in parts[1..])
            {
                string target = part[..part.IndexOf(')', StringComparison.Ordinal)];
                string path = Path.Combine(Path.GetDirectoryName(document)!, target);
                Assert.True(target.StartsWith("https://", StringComparison.Ordinal) || File.Exists(path), $"{document} links to {target}.");
            }
        }
    }

    [Fact]
    public void Every_document_is_in_the_index()
    {
        string docs = Repository.PathOf("docs");
        string index = File.ReadAllText(Path.Combine(docs, "README.md"));

        Assert.All(
            Directory.GetFiles(docs, "*.md", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(docs, file).Replace('\\', '/')).Where(file => file != "README.md"),
            file => Assert.Contains($"]({file})", index, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_exit_codes_are_those_that_the_program_names()
    {
        await using Workplace place = new();
        string help = (await place.RunClientAsync("call", "--help")).Ended(0).Output;

        string[] rows = [.. File.ReadLines(Readme).SkipWhile(line => !line.StartsWith("| exit code", StringComparison.Ordinal)).Skip(2).TakeWhile(line => line.StartsWith('|'))];

        Assert.Equal(10, rows.Length);
        Assert.All(rows, row => Assert.Matches($@"\b{row.Split('|')[1].Trim()} +[a-z]", help[help.IndexOf("Exit codes", StringComparison.Ordinal)..]));
    }
}
