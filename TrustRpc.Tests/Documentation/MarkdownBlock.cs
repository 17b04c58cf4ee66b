namespace TrustRpc.Tests.Documentation;

/// <summary>A fenced block of a Markdown file, and the path in the comment before it where there is one.</summary>
internal sealed record MarkdownBlock(string Language, string Text, string? Source)
{
    private const string Fence = "```";
    private const string CommentStart = "<!-- ";

    public static List<MarkdownBlock> In(string path)
    {
        List<MarkdownBlock> blocks = [];
        string[] lines = File.ReadAllText(path).ReplaceLineEndings("\n").Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].StartsWith(Fence, StringComparison.Ordinal))
            {
                int end = Array.IndexOf(lines, Fence, i + 1);
                Assert.True(end > i, $"{path}: the block at line {i + 1} has no end.");
                blocks.Add(new MarkdownBlock(lines[i][Fence.Length..], string.Join('\n', lines[(i + 1)..end]) + "\n", SourceIn(i > 0 ? lines[i - 1] : "")));
                i = end;
            }
        }

        return blocks;
    }

    private static string? SourceIn(string line)
        => line.StartsWith(CommentStart, StringComparison.Ordinal) ? line[CommentStart.Length..].Replace(" -->", "", StringComparison.Ordinal) : null;
}
