namespace TrustRpc.Tests.Hostile;

/// <summary>What happens to a conversation before one byte of one direction.</summary>
public enum Fault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>What was written in one piece arrives in two.</summary>
    Split,

    /// <summary>The rest arrives some seconds later.</summary>
    Delay,

    /// <summary>The connection is reset: reading and writing fail on both sides.</summary>
    Reset,

    /// <summary>The stream ends for the reader; the writer learns it when it writes.</summary>
    End,

    /// <summary>Nothing arrives any more, and nobody is told; keep-alive notices.</summary>
    Stall,

    /// <summary>The same without keep-alive: deadlines end what waits.</summary>
    StallUnnoticed,
}
