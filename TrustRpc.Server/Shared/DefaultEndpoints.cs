namespace TrustRpc.Programs;

/// <summary>Where the server program listens, and the client program looks for it, unless told otherwise.</summary>
internal static class DefaultEndpoints
{
    public const string Tcp = "tcp://127.0.0.1:8888";
    public const string ChatTcp = "tcp://127.0.0.1:8889";

    public static string UnixPath => Path.Combine(Directory, "server.sock");

    public static string Unix => "unix://" + UnixPath;

    // Not the shared temporary directory: whoever made the name there first would own it.
    private static string Directory
        => Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime ? Path.Combine(runtime, "trustrpc")
        : Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData) is { Length: > 0 } own ? Path.Combine(own, "trustrpc")
        : Path.Combine(Path.GetTempPath(), "trustrpc-" + Environment.UserName);
}
