namespace TrustRpc.Tests.Support;

/// <summary>A theory that needs Python 3, which not every machine has.</summary>
internal sealed class PythonTheoryAttribute : TheoryAttribute
{
    public static readonly string Program = OperatingSystem.IsWindows() ? "python" : "python3";

    private static readonly bool IsThere = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(place => File.Exists(Path.Combine(place, OperatingSystem.IsWindows() ? Program + ".exe" : Program)));

    public PythonTheoryAttribute() => Skip = IsThere ? null : $"There is no {Program} here.";
}
