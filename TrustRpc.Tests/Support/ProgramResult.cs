namespace TrustRpc.Tests.Support;

/// <summary>How a process ended and all that it had printed.</summary>
internal sealed record ProgramResult(int ExitCode, string Output, string Errors)
{
    /// <summary>Fails with all that is known where the process ended otherwise.</summary>
    public ProgramResult Ended(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"It ended with {ExitCode} instead of {exitCode}.\n{Output}\n{Errors}");
        return this;
    }

    /// <summary>Says what to do in one line of standard error, after what the log may have to say, and shows no stack.</summary>
    public void EndedWithOneLine(int exitCode, string expected)
    {
        Ended(exitCode);
        string[] lines = Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string line = Assert.Single(lines, line => !line.Contains(" warn ", StringComparison.Ordinal));
        Assert.Contains(expected, line, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", Errors, StringComparison.Ordinal);
    }
}
