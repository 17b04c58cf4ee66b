namespace TrustRpc.Tests.Support;

/// <summary>Where the sources and what was built of them lie, seen from the running tests.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>Debug or Release, as these tests were built.</summary>
    public static string Configuration { get; } = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    public static string PathOf(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    /// <summary>The assembly of a program of the solution, in its own output folder.</summary>
    public static string Program(string project)
        => PathOf(project, "bin", Configuration, "net10.0", Path.GetFileName(project) + ".dll");

    private static string FindRoot()
    {
        for (DirectoryInfo? place = new(AppContext.BaseDirectory); place is not null; place = place.Parent)
        {
            if (File.Exists(Path.Combine(place.FullName, "TrustRpc.sln")))
            {
                return place.FullName;
            }
        }

        throw new InvalidOperationException($"TrustRpc.sln lies nowhere above {AppContext.BaseDirectory}.");
    }
}
