namespace TrustRpc.Client.Doctor;

/// <summary>How a check went.</summary>
internal enum Mark
{
    Ok,
    Warning,
    Failed,

    /// <summary>It was not made, and the text says why.</summary>
    Skipped,
}

/// <summary>One thing that was looked at.</summary>
/// <param name="Check">What, in a word or two.</param>
/// <param name="Mark">How it went.</param>
/// <param name="Text">What was found.</param>
/// <param name="Advice">What to do; null = nothing.</param>
/// <param name="ExitCode">Where it failed: what the program ends with.</param>
internal sealed record Finding(string Check, Mark Mark, string Text, string? Advice = null, int ExitCode = 0)
{
    public static Finding Ok(string check, string text) => new(check, Mark.Ok, text);

    public static Finding Warning(string check, string text, string? advice = null) => new(check, Mark.Warning, text, advice);

    public static Finding Failed(string check, string text, string? advice, int exitCode) => new(check, Mark.Failed, text, advice, exitCode);

    public static Finding Skipped(string check, string text) => new(check, Mark.Skipped, text);
}
