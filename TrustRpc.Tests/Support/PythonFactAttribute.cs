namespace TrustRpc.Tests.Support;

/// <summary>A fact that needs Python 3 and a terminal that it makes, which Windows has not.</summary>
internal sealed class PythonFactAttribute : FactAttribute
{
    public PythonFactAttribute() => Skip = OperatingSystem.IsWindows() ? "Windows has no such terminals." : new PythonTheoryAttribute().Skip;
}
