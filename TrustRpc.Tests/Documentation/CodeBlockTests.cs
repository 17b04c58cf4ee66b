using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Documentation;

/// <summary>
/// Every block of C# in any document is a sample or a part of one, which the comment before it names; every sample is compiled with the solution or run as a script.
/// A block that cannot be compiled says why in that comment: <c>&lt;!-- not compiled: REASON --&gt;</c>.
/// </summary>
public sealed class CodeBlockTests
{
    private const string NotCompiled = "not compiled: ";

    // Of csharp, sh and python there are tests that compile or run every block; the others are no programs.
    private static readonly string[] Languages = ["csharp", "sh", "python", "ini", "text", "xml", "json"];

    public static TheoryData<string> All => [.. Documents.All.Select(Documents.NameOf)];

    [Theory]
    [MemberData(nameof(All))]
    public void Every_block_says_what_language_it_is(string document)
        => Assert.All(MarkdownBlock.In(Repository.PathOf(document)), block => Assert.Contains(block.Language, Languages));

    [Theory]
    [MemberData(nameof(All))]
    public void Every_block_of_code_is_a_sample_or_a_part_of_one(string document)
        => Assert.All(MarkdownBlock.In(Repository.PathOf(document)).Where(block => block.Language == "csharp"), block =>
        {
            Assert.True(block.Source is not null, $"{document} does not say which file this is a part of:\n{block.Text}");
            if (block.Source.StartsWith(NotCompiled, StringComparison.Ordinal))
            {
                Assert.True(block.Source.Length > NotCompiled.Length, $"{document} does not say why this is not compiled:\n{block.Text}");
                return;
            }

            Assert.True(IsCompiled(block.Source), $"{document} shows a part of {block.Source}, which nothing compiles.");
            string[] source = File.ReadAllLines(Repository.PathOf(block.Source));
            string[] shown = block.Text.TrimEnd('\n').Split('\n');
            Assert.True(Enumerable.Range(0, source.Length - shown.Length + 1).Any(start => IsAt(source, start, shown)), $"This does not stand in {block.Source}:\n{block.Text}");
        });

    [Fact]
    public void The_documents_are_found()
        => Assert.Superset(
            new HashSet<string> { "README.md", "SECURITY.md", "docs/MANAGEMENT.md", "docs/guide/01-first-call.md", "docs/decisions/0001-who-runs-the-work.md", "samples/python/README.md" },
            new HashSet<string>(Documents.All.Select(Documents.NameOf)));

    // By a project of the solution in its folder or one above, or as a script that a test runs.
    private static bool IsCompiled(string source)
    {
        string solution = File.ReadAllText(Repository.PathOf("TrustRpc.sln")).Replace('\\', '/');
        for (string? folder = Path.GetDirectoryName(source); !string.IsNullOrEmpty(folder); folder = Path.GetDirectoryName(folder))
        {
            string[] projects = Directory.GetFiles(Repository.PathOf(folder), "*.csproj");
            if (projects.Length > 0)
            {
                return solution.Contains(Documents.NameOf(projects[0]), StringComparison.Ordinal);
            }
        }

        return ReadmeTests.Scripts.Contains(source);
    }

    // A part may stand further to the left than in its file, all its lines by as much.
    private static bool IsAt(string[] source, int start, string[] shown)
    {
        string margin = source[start][..^source[start].TrimStart().Length];
        return shown.Index().All(line => source[start + line.Index] == (line.Item.Length == 0 ? "" : margin + line.Item));
    }
}
