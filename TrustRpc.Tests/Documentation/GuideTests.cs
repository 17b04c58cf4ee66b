using System.Text.RegularExpressions;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Documentation;

/// <summary>The chapters of <c>docs/guide</c>: they lead through the whole, their samples run, and their commands do what they are there for.</summary>
[Collection("Builds")]
public sealed partial class GuideTests
{
    private const string ClientLine = "dotnet run --project TrustRpc.Client -- ";

    private static string[] Chapters => [.. Directory.GetFiles(Repository.PathOf("docs", "guide"), "*.md").Order(StringComparer.Ordinal)];

    public static TheoryData<string> Commands =>
    [
        .. Chapters.SelectMany(MarkdownBlock.In).Where(block => block.Language == "sh").SelectMany(block => block.Text.Split('\n'))
            .Where(line => line.StartsWith(ClientLine, StringComparison.Ordinal)),
    ];

    [Fact]
    public void A_chapter_leads_to_the_next()
    {
        string[] chapters = Chapters;
        for (int i = 0; i + 1 < chapters.Length; i++)
        {
            Assert.Contains($"]({Path.GetFileName(chapters[i + 1])})", File.ReadAllText(chapters[i])[^200..], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_code_of_all_chapters_runs()
    {
        await using Workplace place = new();

        ProgramResult run = await place.Start(Repository.Program("samples/guide")).EndAsync();

        Assert.EndsWith("All chapters run.\n", run.Ended(0).Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_command_works_against_the_server_program(string command)
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("tcp://127.0.0.1:0", "--stats");
        place.Environment["TRUSTRPC_SERVER"] = address;

        ProgramResult run = await place.RunClientAsync([.. Word().Matches(command[ClientLine.Length..]).Select(word => word.Value.Trim('\''))]);

        Assert.NotEqual("", run.Ended(0).Output);
    }

    [GeneratedRegex(@"'[^']*'|\S+")]
    private static partial Regex Word();
}
