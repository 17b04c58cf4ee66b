namespace TrustRpc.Tests.Support;

/// <summary>A fact about a program on a terminal: it needs a pseudo-terminal, which Python makes where the system has them.</summary>
internal sealed class TerminalFactAttribute : FactAttribute
{
    public TerminalFactAttribute()
        => Skip = OperatingSystem.IsWindows() ? "Windows has no pseudo-terminals that Python could make." : new PythonTheoryAttribute().Skip;
}
