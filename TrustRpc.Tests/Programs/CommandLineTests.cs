using System.Text.RegularExpressions;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Programs;

/// <summary>What all sub-commands of the client have in common: help, the check of their words, and where they find the server.</summary>
public sealed partial class CommandLineTests
{
    [Fact]
    public async Task Every_sub_command_explains_itself_and_the_page_in_the_documentation_is_what_they_say()
    {
        await using Workplace place = new();
        string overview = (await place.RunClientAsync("--help")).Ended(0).Output;
        string codes = ExitCodes().Match(overview).Value;
        string path = Repository.PathOf("docs", "COMMANDS.md");
        string written = await File.ReadAllTextAsync(path);
        string page = written[..(written.IndexOf("\n## ", StringComparison.Ordinal) is var end and >= 0 ? end : written.TrimEnd().Length + 1)] + Chapter("trustrpc", overview.Replace(codes, "", StringComparison.Ordinal));
        foreach (string name in NamesIn(overview))
        {
            string help = (await place.RunClientAsync(name, "--help")).Ended(0).Output;
            Assert.Contains("\nExample", help, StringComparison.Ordinal);
            Assert.Contains("\n  trustrpc " + name, help.Replace("\n  trustrpc\n", "\n  trustrpc demo\n", StringComparison.Ordinal), StringComparison.Ordinal);
            Assert.All(help.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
            Assert.Equal(help, (await place.RunClientAsync("help", name)).Ended(0).Output);
            page += Chapter(name, help.Replace(codes, "", StringComparison.Ordinal));
        }

        string actual = Path.Combine(AppContext.BaseDirectory, "COMMANDS.md");
        await File.WriteAllTextAsync(actual, page);
        Assert.True(page == written, $"The help has changed. Take the new page over:\ncp {actual} {path}");
    }

    [Theory]
    [InlineData("There is no sub-command 'cal'; did you mean 'call'?", "cal", "greet")]
    [InlineData("There is no sub-command 'sned'; did you mean 'send'?", "sned")]
    [InlineData("There is no sub-command 'greet'; a method is called with: call greet.", "greet")]
    [InlineData("There is no option --sever; did you mean --server? See call --help.", "call", "greet", "--sever", "x")]
    [InlineData("There is no option --jsno; did you mean --json? See top --help.", "top", "--jsno")]
    [InlineData("There is no option --bogus. See demo --help.", "--bogus")]
    [InlineData("There is no option -x. See call --help.", "call", "greet", "-x")]
    [InlineData("--json takes no value.", "top", "--json=1")]
    [InlineData("--timeout needs a value.", "call", "greet", "--timeout")]
    [InlineData("call needs METHOD: the name of a method.", "call")]
    [InlineData("'' is not an address of a server: it is empty.", "call", "greet", "Ada", "--server", "")]
    [InlineData("--id must have 1 to 128 bytes", "sync", "--id", "")]
    [InlineData("--schedule missing.json cannot be read: there is no such file.", "agent", "--schedule", "missing.json")]
    [InlineData("'surplus' is one word too many.", "openrpc", "surplus")]
    [InlineData("--timeout is given twice, as '1' and as '2': once is right. See call --help.", "call", "greet", "--timeout", "1", "--timeout", "2")]
    [InlineData("--server is given twice, as 'unix:a' and as 'unix:b': once is right. See call --help.", "call", "greet", "--server=unix:a", "--server", "unix:b")]
    [InlineData("--count is given twice, as '3' and as '3': once is right. See ping --help.", "ping", "-c", "3", "--count", "3")]
    [InlineData("--name is given twice", "serve", "--method", "a=b", "--method", "c=d", "--name", "x", "--name", "y")]
    [InlineData("The server is given twice, as 'unix:a' and with --server as 'unix:b': once is right.", "doctor", "unix:a", "--server", "unix:b")]
    [InlineData("The server is given twice", "top", "unix:a", "--server", "unix:a")]
    public async Task Words_that_make_no_sense_are_one_line_with_the_nearest_that_does(string expected, params string[] words)
    {
        await using Workplace place = new();

        (await place.RunClientAsync(words)).EndedWithOneLine(2, expected);
    }

    [Fact]
    public async Task The_server_is_the_option_else_the_variable_else_in_env_else_where_the_server_program_listens()
    {
        await using Workplace place = new();
        await place.ServeAsync("unix://" + place.PathOf("trustrpc/server.sock"));
        (await place.RunClientAsync("call", "greet", "Ada")).Ended(0);

        await File.WriteAllTextAsync(place.PathOf(".env"), "export TRUSTRPC_SERVER='unix:file.sock' # there\n");
        (await place.RunClientAsync("call", "greet", "Ada")).EndedWithOneLine(3, "file.sock");
        place.Environment["TRUSTRPC_SERVER"] = "unix:variable.sock";
        (await place.RunClientAsync("call", "greet", "Ada")).EndedWithOneLine(3, "variable.sock");
        (await place.RunClientAsync("call", "greet", "Ada", "--server", "unix:option.sock")).EndedWithOneLine(3, "option.sock");

        place.Environment["TRUSTRPC_SERVER"] = "";
        await File.WriteAllTextAsync(place.PathOf(".env"), "TRUSTRPC_SERVER=nowhere\n");
        (await place.RunClientAsync("call", "greet", "Ada")).EndedWithOneLine(2, ".env: 'nowhere'");
        await File.WriteAllTextAsync(place.PathOf(".env"), "TRUSTRPC_SERVER\n");
        (await place.RunClientAsync("call", "greet", "Ada")).EndedWithOneLine(2, ".env, line 1");
        await File.WriteAllTextAsync(place.PathOf(".env"), "what is this?\nTRUSTRPC_SERVER=unix:file.sock\n");
        string[] lines = (await place.RunClientAsync("call", "greet", "Ada")).Ended(3).Errors.Split('\n');
        Assert.Equal($"warning: {place.PathOf(".env")}, line 1: expected NAME=value, a comment or nothing. It is passed over.", lines[0]);
        Assert.Contains("file.sock", lines[1], StringComparison.Ordinal);
        Assert.Contains("! file          ", (await place.RunClientAsync("doctor")).Ended(3).Output, StringComparison.Ordinal);
        place.Environment["TRUST_ID"] = "";
        (await place.RunClientAsync("call", "greet", "Ada")).EndedWithOneLine(2, ".env, line 1");
    }

    [Theory]
    [InlineData("help", "help")]
    [InlineData("help", "--help")]
    [InlineData("-h")]
    public async Task Help_explains_itself_by_what_there_is(params string[] words)
    {
        await using Workplace place = new();

        Assert.Equal((await place.RunClientAsync("help")).Ended(0).Output, (await place.RunClientAsync(words)).Ended(0).Output);
    }

    [Fact]
    public async Task Completion_offers_an_option_again_where_it_may_be_given_several_times()
    {
        await using Workplace place = new();

        Assert.Equal("--listen\n", (await place.RunClientAsync("complete", "--", "trustrpc serve --listen unix:a --li")).Ended(0).Output);
        Assert.Equal("", (await place.RunClientAsync("complete", "--", "trustrpc serve --name a --nam")).Ended(0).Output);
    }

    [Fact]
    public async Task A_path_that_is_too_long_is_named_once()
    {
        await using Workplace place = new();
        string path = place.PathOf(new string('x', 300));

        foreach (ProgramResult result in (ProgramResult[])[
            await place.RunClientAsync("agent", "--schedule", path),
            await place.RunClientAsync("replay", path),
            await place.RunClientAsync("ping", "--server", $"unix://{path}"),
            await place.RunServerAsync("--listen", "tcp://127.0.0.1:0", "--clients", path)])
        {
            string line = Assert.Single(result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            Assert.Equal(2, line.Split(path).Length);
        }
    }

    [UnixFact]
    public async Task A_secret_in_a_file_that_others_can_read_is_warned_about_by_both_programs()
    {
        await using Workplace place = new();
        place.Environment["TRUST_ID"] = "";
        string file = place.PathOf(".env");
        await File.WriteAllTextAsync(file, $"TRUST_ID={place.Secret}\n");
        ForEverybody(file);
        string warning = $"{file} can be read or changed by others on this machine; run: chmod 600 {file}";

        (ProgramRun server, string address) = await place.ServeAsync("unix:open.sock");
        await server.ReadErrorsUntilAsync(warning);
        ProgramResult call = await place.RunClientAsync("call", "greet", "Ada", "--server", address);
        ProgramResult demo = await place.RunClientAsync("demo", "--server", address);

        ProgramResult verbose = await place.RunClientAsync("call", "greet", "Ada", "--server", address, "--verbose");
        ProgramResult alone = await place.RunClientAsync("call", "greet", "Ada", "--server", "unix:nobody.sock", "--verbose");

        Assert.Equal($"warning: {warning}\n", call.Ended(0).Errors);
        Assert.All([verbose.Ended(0), alone.Ended(3)], result => Assert.Single(result.Errors.Split('\n'), line => line.Contains(warning, StringComparison.Ordinal)));
        Assert.Contains($"warning: {warning}\n", demo.Errors, StringComparison.Ordinal);
    }

    private static void ForEverybody(string file)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
    }

    private static IEnumerable<string> NamesIn(string overview)
        => Sections().Match(overview).Value.Split('\n').Where(line => line.StartsWith("  ", StringComparison.Ordinal) && line[2] != ' ').Select(line => line.Trim().Split(' ')[0]);

    private static string Chapter(string name, string help) => $"\n## {name}\n\n```text\n{help}```\n";

    [GeneratedRegex(@"Exit codes:\n( .*\n)+\n")]
    private static partial Regex ExitCodes();

    // From the first group of sub-commands to the paragraph behind the last one.
    [GeneratedRegex(@"\nCalls:\n(.|\n)*?\n(?=The server is)")]
    private static partial Regex Sections();
}
