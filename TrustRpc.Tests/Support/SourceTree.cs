using System.Runtime.CompilerServices;

namespace TrustRpc.Tests.Support;

/// <summary>The repository that these tests were built from.</summary>
internal static class SourceTree
{
    public static string Root { get; } = Find();

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static string Find([CallerFilePath] string here = "")
    {
        DirectoryInfo? directory = new(Path.GetDirectoryName(here)!);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "TrustRpc.sln")))
            directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException($"No TrustRpc.sln above {here}.");
    }
}
