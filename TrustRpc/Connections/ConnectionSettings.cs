namespace TrustRpc.Connections;

/// <summary>What a connection was told: by the handshake, and by its owner's options.</summary>
internal sealed record ConnectionSettings
{
    /// <summary>The largest body in bytes, both directions.</summary>
    public required int MaxFrame { get; init; }

    /// <summary>Requests in flight, each direction.</summary>
    public required int MaxCalls { get; init; }

    /// <summary>After how long without a sign of life a ping is sent; zero = never.</summary>
    public TimeSpan KeepAlive { get; init; }

    /// <summary>How long a call of this side's may take that says nothing else; infinite = as long as it likes.</summary>
    public TimeSpan CallTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>Whether errors carry the exceptions behind them.</summary>
    public bool ExposesExceptions { get; init; }

    /// <summary>Whether a thread of its own reads the connection.</summary>
    public bool HasReaderThread { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
