namespace TrustRpc.Tests.Support;

/// <summary>A theory about what Linux alone has: <c>/dev/full</c>, descriptors to look at, limits that a process sets itself.</summary>
internal sealed class LinuxTheoryAttribute : TheoryAttribute
{
    public LinuxTheoryAttribute() => Skip = OperatingSystem.IsLinux() ? null : "Only Linux has this.";
}
