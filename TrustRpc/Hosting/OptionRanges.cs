using TrustRpc.Trust;

namespace TrustRpc.Hosting;

/// <summary>The ranges of the options (<c>docs/LIMITS.md</c>): one that is out of its own fails before anything is listened on or sent, and its name is said.</summary>
internal static class OptionRanges
{
    /// <summary>What a timer can wait.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromMilliseconds(int.MaxValue);

    /// <summary>For whoever has proven nothing yet.</summary>
    private static readonly TimeSpan s_longestHandshake = TimeSpan.FromHours(1);

    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static RpcServerOptions Checked(RpcServerOptions options)
    {
        CheckCommon(options);
        AtLeast(options.MaxCallsPerConnection, 1, nameof(options.MaxCallsPerConnection));
        AtLeast(options.MaxConnections, 1, nameof(options.MaxConnections));
        AtLeast(options.MaxUnauthenticatedConnections, 1, nameof(options.MaxUnauthenticatedConnections));
        AtLeast(options.MaxUnauthenticatedConnectionsPerAddress, 1, nameof(options.MaxUnauthenticatedConnectionsPerAddress));
        MoreThanZero(options.HandshakeTimeout, s_longestHandshake, nameof(options.HandshakeTimeout));
        ZeroOrMore(options.KeepAlive, nameof(options.KeepAlive));
        ZeroOrMore(options.DrainTimeout, nameof(options.DrainTimeout));
        return options;
    }

    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static RpcClientOptions Checked(RpcClientOptions options)
    {
        CheckCommon(options);
        MoreThanZero(options.ConnectTimeout, s_longestHandshake, nameof(options.ConnectTimeout));
        return options;
    }

    /// <summary>A delay that a timer is to wait.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not more than zero, or more than 24 days.</exception>
    public static TimeSpan Delay(TimeSpan value, string name)
    {
        MoreThanZero(value, s_longest, name);
        return value;
    }

    private static void CheckCommon(IConnectionOptions options)
    {
        TrustLimits.CheckMaxFrameLength(options.MaxFrameLength, nameof(options.MaxFrameLength));
        AtLeast(options.MaxQueuedOutput, 0, nameof(options.MaxQueuedOutput));
        AtLeast(options.MaxCancellationsPerSecond, 1, nameof(options.MaxCancellationsPerSecond));
        if (options.CallTimeout != Timeout.InfiniteTimeSpan)
        {
            MoreThanZero(options.CallTimeout, TimeSpan.MaxValue, nameof(options.CallTimeout));
        }
    }

    private static void AtLeast(int value, int least, string name) => ArgumentOutOfRangeException.ThrowIfLessThan(value, least, name);

    private static void MoreThanZero(TimeSpan value, TimeSpan most, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, most, name);
    }

    private static void ZeroOrMore(TimeSpan value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, s_longest, name);
    }
}
