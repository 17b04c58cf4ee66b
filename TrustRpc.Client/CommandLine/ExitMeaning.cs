using TrustRpc.Programs;

namespace TrustRpc.Client.CommandLine;

/// <summary>A number that a sub-command ends with, and what it says.</summary>
internal sealed record ExitMeaning(int Code, string Text)
{
    private static readonly ExitMeaning Done = new(ExitCode.Done, "done");
    private static readonly ExitMeaning Interrupted = new(ExitCode.Interrupted, "interrupted");

    /// <summary>Of what talks to a server.</summary>
    public static readonly IReadOnlyList<ExitMeaning> OfCalls =
    [
        Done,
        new(ExitCode.MethodFailed, "the method failed"),
        new(ExitCode.Usage, "wrong usage, a bad address, or no usable secret"),
        new(ExitCode.NotConnected, "cannot connect, or the connection was lost"),
        new(ExitCode.NotTrusted, "not trusted (TRUST_ID differs, ...), or not permitted"),
        new(ExitCode.WrongCall, "no such method, or wrong arguments"),
        new(ExitCode.TryAgain, "busy or going away; not executed, try again later"),
        new(ExitCode.TimeIsUp, "time is up (--timeout)"),
        Interrupted,
    ];

    /// <summary>Of what needs no server.</summary>
    public static readonly IReadOnlyList<ExitMeaning> OfLocal = [Done, new(ExitCode.Usage, "wrong usage"), Interrupted];
}
