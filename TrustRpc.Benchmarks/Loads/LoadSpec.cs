using System.Text.Json;

namespace TrustRpc.Benchmarks.Loads;

/// <summary>Who speaks.</summary>
internal enum Protocol
{
    /// <summary>Sockets alone: the limit.</summary>
    Raw,

    /// <summary>What is being measured.</summary>
    TrustRpc,
}

/// <summary>What the client does over and over.</summary>
internal enum LoadKind
{
    /// <summary>Sends text and gets it back, on connections that stay open.</summary>
    Echo,

    /// <summary>The same through the call that blocks its thread.</summary>
    BlockingEcho,

    /// <summary>Connects, gets one answer, closes.</summary>
    Connect,

    /// <summary>For the limit alone: makes keys and agrees on secrets, as two sides of a connection would.</summary>
    KeyAgreement,

    /// <summary>Takes the items of a sequence that the server makes without end.</summary>
    ServerStream,

    /// <summary>Gives the server a sequence, of which it takes every item.</summary>
    ClientStream,

    /// <summary>Gives the server a sequence, and takes the one that comes back for it.</summary>
    DuplexStream,

    /// <summary>The same, where each item waits for the one before it to have come back.</summary>
    LoneItem,

    /// <summary>Calls with a pause before each.</summary>
    PausedCall,

    /// <summary>The same; what counts is the call's way to its method.</summary>
    PausedCallThere,

    /// <summary>Takes the items of a sequence whose producer pauses before each, and tells when.</summary>
    PausedItem,
}

/// <summary>One load, in the words that parent, server and client use about it.</summary>
internal sealed record LoadSpec(Protocol Protocol)
{
    public LoadKind Kind { get; init; }

    public bool Tcp { get; init; }

    /// <summary>TrustRpc only; null is the transport's default.</summary>
    public string? Mode { get; init; }

    public string Method { get; init; } = "echo";

    public int Characters { get; init; } = 40;

    /// <summary>Calls on each connection that wait for their answer; for raw sockets, messages in one send.</summary>
    public int InFlight { get; init; } = 1;

    public int Connections { get; init; } = 1;

    public bool LowLatency { get; init; }

    /// <summary>Where the server listens, as it said itself.</summary>
    public string Address { get; init; } = "";

    internal bool OneAtATime => InFlight * Connections == 1;

    public override string ToString() => JsonSerializer.Serialize(this);
}
