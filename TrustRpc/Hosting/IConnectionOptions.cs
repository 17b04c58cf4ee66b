using TrustRpc.Connections;
using TrustRpc.Streams;
using TrustRpc.Trust;

namespace TrustRpc.Hosting;

/// <summary>What the options of servers and those of clients say alike of connections.</summary>
internal interface IConnectionOptions
{
    int MaxFrameLength { get; }

    int MaxQueuedOutput { get; }

    int MaxCancellationsPerSecond { get; }

    int MaxStreamsPerConnection { get; }

    int StreamReadAhead { get; }

    int StreamReadAheadBytes { get; }

    TimeSpan CallTimeout { get; }

    bool ExposeExceptionDetails { get; }

    TimeProvider TimeProvider { get; }

    IReadOnlyList<CipherSuite>? Suites { get; }

    /// <summary>What every connection is told by them; what is agreed on in its handshake takes the place of the limits that they ask for.</summary>
    /// <exception cref="ArgumentException">A limit of streams is out of its range, or this platform has none of the suites.</exception>
    static ConnectionSettings SettingsOf(IConnectionOptions options)
    {
        TrustLimits.CheckSuites(options.Suites);
        return new ConnectionSettings
        {
            MaxFrame = options.MaxFrameLength,
            MaxCalls = 1,
            CallTimeout = options.CallTimeout,
            Streams = new StreamLimits(options.MaxStreamsPerConnection, options.StreamReadAhead, options.StreamReadAheadBytes),
            MaxQueuedOutput = options.MaxQueuedOutput,
            MaxCancellationsPerSecond = options.MaxCancellationsPerSecond,
            ExposesExceptions = options.ExposeExceptionDetails,
            Time = options.TimeProvider,
        };
    }
}
