namespace TrustRpc.Tests.Support;

/// <summary>A fact about a shell, which has to be installed.</summary>
internal sealed class ShellFactAttribute : FactAttribute
{
    public ShellFactAttribute(string shell) => Skip = IsThere(shell) ? null : $"{shell} is not installed.";

    private static bool IsThere(string shell)
        => !OperatingSystem.IsWindows()
            && (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Any(directory => File.Exists(Path.Combine(directory, shell)));
}
