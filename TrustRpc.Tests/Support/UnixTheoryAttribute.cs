namespace TrustRpc.Tests.Support;

/// <summary>A theory about signals, which Windows does not have.</summary>
internal sealed class UnixTheoryAttribute : TheoryAttribute
{
    public UnixTheoryAttribute() => Skip = OperatingSystem.IsWindows() ? "Windows has no such signals." : null;
}
