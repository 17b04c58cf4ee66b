namespace TrustRpc.Streams;

/// <summary>How much the sequences of one connection may hold (section 6).</summary>
internal sealed record StreamLimits
{
    /// <summary>The most bytes of a batch, and so of a read-ahead: a number of the protocol's.</summary>
    private const int MaxBytes = 64 * 1024;

    /// <summary>Less, and a batch would be an item or two.</summary>
    private const int MinBytes = 1024;

    /// <summary>More items would be all small ones: what two bytes each leave of a batch.</summary>
    private const int MaxItems = 64 * 1024;

    public static readonly StreamLimits Default = new(1024, 256, MaxBytes);

    /// <param name="maxStreams">As the options call it.</param>
    /// <param name="readAhead">As the options call it.</param>
    /// <param name="readAheadBytes">As the options call it.</param>
    /// <exception cref="ArgumentOutOfRangeException">One is out of its range.</exception>
    public StreamLimits(int maxStreams, int readAhead, int readAheadBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxStreams, 1, nameof(RpcServerOptions.MaxStreamsPerConnection));
        InRange(readAhead, 1, MaxItems, nameof(RpcServerOptions.StreamReadAhead));
        InRange(readAheadBytes, MinBytes, MaxBytes, nameof(RpcServerOptions.StreamReadAheadBytes));
        MaxStreams = maxStreams;
        ReadAheadItems = readAhead;
        ReadAheadBytes = readAheadBytes;
    }

    /// <summary>Sequences that one side may have open as their producer.</summary>
    public int MaxStreams { get; }

    /// <summary>Items that a producer makes before the consumer has asked for them.</summary>
    public int ReadAheadItems { get; }

    /// <summary>The same in bytes of JSON; one item may be larger.</summary>
    public int ReadAheadBytes { get; }

    private static void InRange(int value, int least, int most, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, least, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, most, name);
    }
}
