using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Documentation;

/// <summary>Every Markdown file of the repository, wherever it lies, so that a new one is checked as the others are.</summary>
internal static class Documents
{
    private static readonly string[] NotOurs = ["bin", "obj", "node_modules", "TestResults"];

    public static string[] All { get; } = [.. In(new DirectoryInfo(Repository.Root)).Order(StringComparer.Ordinal)];

    /// <summary>The path from the root, with slashes.</summary>
    public static string NameOf(string path) => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/');

    private static IEnumerable<string> In(DirectoryInfo directory)
        => directory.EnumerateFiles("*.md").Select(file => file.FullName)
            .Concat(directory.EnumerateDirectories().Where(inner => inner.Name[0] != '.' && !NotOurs.Contains(inner.Name)).SelectMany(In));
}
