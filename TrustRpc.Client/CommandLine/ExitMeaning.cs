using TrustRpc.Programs;

namespace TrustRpc.Client.CommandLine;

/// <summary>A number that a sub-command ends with, and what it says.</summary>
internal sealed record ExitMeaning(int Code, string Text)
{
    private static readonly ExitMeaning Done = new(ExitCode.Done, "done");
    private static readonly ExitMeaning NotWritten = new(ExitCode.NotWritten, "standard output cannot be written: a full disk, say");
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
        NotWritten,
        Interrupted,
    ];

    /// <summary>Of what looks for a fault: that of the first one.</summary>
    public static readonly IReadOnlyList<ExitMeaning> OfFinding =
    [
        new(ExitCode.Done, "nothing failed"),
        new(ExitCode.MethodFailed, "there are warnings, and --strict"),
        new(ExitCode.Usage, "no usable secret, a bad address, or wrong usage"),
        new(ExitCode.NotConnected, "the server cannot be reached"),
        new(ExitCode.NotTrusted, "the handshake failed"),
        .. OfCalls.Where(meaning => meaning.Code is ExitCode.WrongCall or ExitCode.TryAgain),
        NotWritten,
        Interrupted,
    ];

    /// <summary>Of what compares answers.</summary>
    public static readonly IReadOnlyList<ExitMeaning> OfReplaying =
    [
        new(ExitCode.Done, "all answers are the same as in the recording; or it served and was stopped"),
        new(ExitCode.MethodFailed, "an answer differs"),
        .. OfCalls.Where(meaning => meaning.Code is ExitCode.Usage or ExitCode.NotConnected or ExitCode.NotTrusted or ExitCode.TryAgain),
        NotWritten,
        Interrupted,
    ];

    /// <summary>Of what serves until it is stopped.</summary>
    public static readonly IReadOnlyList<ExitMeaning> OfServing =
        [new(ExitCode.Done, "ended in order"), new(ExitCode.Usage, "wrong usage, no usable secret, or an address that cannot be listened on")];

    /// <summary>Of what needs no server.</summary>
    public static readonly IReadOnlyList<ExitMeaning> OfLocal = [Done, new(ExitCode.Usage, "wrong usage"), NotWritten, Interrupted];
}
