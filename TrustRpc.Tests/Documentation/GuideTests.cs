using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Documentation;

/// <summary>The chapters of <c>docs/guide</c>: they lead through the whole, and their samples run; their commands are tried with all others.</summary>
[Collection("Builds")]
public sealed class GuideTests
{
    private static string[] Chapters => [.. Directory.GetFiles(Repository.PathOf("docs", "guide"), "*.md").Order(StringComparer.Ordinal)];

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
}
