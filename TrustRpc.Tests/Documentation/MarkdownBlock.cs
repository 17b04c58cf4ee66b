namespace TrustRpc.Tests.Documentation;

/// <summary>A fenced block of a Markdown file, without the margin that it has within a list, and what the comment before it says where there is one.</summary>
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
            string line = lines[i].TrimStart();
            if (line.StartsWith(Fence, StringComparison.Ordinal))
            {
                int margin = lines[i].Length - line.Length;
                int end = Array.FindIndex(lines, i + 1, candidate => candidate.Trim() == Fence);
                Assert.True(end > i, $"{path}: the block at line {i + 1} has no end.");
                string text = string.Join('\n', lines[(i + 1)..end].Select(inner => inner[Math.Min(margin, inner.Length)..])) + "\n";
                blocks.Add(new MarkdownBlock(line[Fence.Length..].Trim(), text, SourceIn(i > 0 ? lines[i - 1].Trim() : "")));
                i = end;
            }

            Assert.False(line.StartsWith("~~~", StringComparison.Ordinal), $"{path}: line {i + 1} begins a block in a way that is not looked for.");
        }

        return blocks;
    }

    private static string? SourceIn(string line)
        => line.StartsWith(CommentStart, StringComparison.Ordinal) ? line[CommentStart.Length..].Replace(" -->", "", StringComparison.Ordinal) : null;
}
