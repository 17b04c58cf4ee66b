using TrustRpc.Diagnostics;
using TrustRpc.Messages;
using TrustRpc.Streams;

namespace TrustRpc.Connections;

/// <summary>What a connection was told: by the handshake, and by its owner's options.</summary>
internal sealed record ConnectionSettings
{
    /// <summary>The largest body in bytes, both directions.</summary>
    public required int MaxFrame { get; init; }

    /// <summary>Requests in flight, each direction.</summary>
    public required int MaxCalls { get; init; }

    /// <summary>Bytes that may wait for a peer that reads slowly before its new requests are refused; 0 = four times <see cref="MaxFrame"/>.</summary>
    public int MaxQueuedOutput { get; init; }

    /// <summary>The same as it counts.</summary>
    public long MostUnread => MaxQueuedOutput > 0 ? MaxQueuedOutput : MostInLine;

    /// <summary>Bytes of arguments that may wait for a place among the calls that run before new requests are refused.</summary>
    public long MostInLine => ProtocolLimits.WaitingFrames * (long)MaxFrame;

    /// <summary>Cancellations of the peer's within a second.</summary>
    public int MaxCancellationsPerSecond { get; init; } = 1000;

    /// <summary>After how long without a sign of life a ping is sent; zero = never.</summary>
    public TimeSpan KeepAlive { get; init; }

    /// <summary>How long a call of this side's may take that says nothing else; infinite = as long as it likes.</summary>
    public TimeSpan CallTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>Bytes of output that leave while a batch of input is still being worked off.</summary>
    public int CorkedSize { get; init; } = 1024;

    /// <summary>Whether errors carry the exceptions behind them.</summary>
    public bool ExposesExceptions { get; init; }

    /// <summary>Whether a thread of its own reads the connection.</summary>
    public bool HasReaderThread { get; init; }

    /// <summary>How much the connection's sequences may hold.</summary>
    public StreamLimits Streams { get; init; } = StreamLimits.Default;

    /// <summary>Whether a peer may call a method; null = all may call all.</summary>
    public Func<RpcPeer, string, bool>? Authorize { get; init; }

    /// <summary>What the peer's calls are counted in; null = they are not counted.</summary>
    public CallStatistics? Statistics { get; init; }

    /// <summary>Who is told how methods end; null = nobody.</summary>
    public ICallWatch? Watch { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
