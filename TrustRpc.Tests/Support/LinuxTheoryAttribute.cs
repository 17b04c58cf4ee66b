namespace TrustRpc.Tests.Support;

/// <summary>A theory about <c>/dev/full</c>, which Linux alone has.</summary>
internal sealed class LinuxTheoryAttribute : TheoryAttribute
{
    public LinuxTheoryAttribute() => Skip = OperatingSystem.IsLinux() ? null : "Only Linux has /dev/full.";
}
