namespace TrustRpc.Tests.Model;

/// <summary>What a call of a walk calls.</summary>
internal enum WalkKind
{
    /// <summary>Waits for its verdict and heeds its token.</summary>
    Work,

    /// <summary>Waits for its verdict and heeds nothing.</summary>
    Stubborn,

    /// <summary>A notification; waits for its verdict.</summary>
    Note,

    /// <summary>Answers with a sequence.</summary>
    Items,

    /// <summary>Takes a sequence.</summary>
    Take,

    /// <summary>Takes a sequence and answers with one.</summary>
    Both,

    /// <summary>Reports progress for each item that it is given.</summary>
    Report,

    /// <summary>Calls its caller back, who waits for the verdict.</summary>
    Ask,
}

/// <summary>How a method or sequence is told to end.</summary>
internal enum Verdict
{
    Return,
    Fail,
}

/// <summary>What is known of a call before it is made.</summary>
/// <param name="Number">Its place among the walk's calls, and its one argument.</param>
/// <param name="Kind">What it calls.</param>
/// <param name="Timeout">Null = the connection's.</param>
/// <param name="HeedsToken">Whether methods and sequences of its kind that may ignore their tokens heed them.</param>
/// <param name="Blocks">Whether the caller blocks a thread, and a method that calls back does as well.</param>
internal sealed record WalkTerms(int Number, WalkKind Kind, TimeSpan? Timeout, bool HeedsToken, bool Blocks)
{
    /// <summary>True where the verdict ends a method, not a sequence.</summary>
    public bool HasVerdict => Kind is WalkKind.Work or WalkKind.Stubborn or WalkKind.Note or WalkKind.Ask;
}
