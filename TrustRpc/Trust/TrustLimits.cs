using TrustRpc.Framing;

namespace TrustRpc.Trust;

/// <summary>Defaults and ranges of the options, and their checks: a wrong option fails before a byte is sent.</summary>
internal static class TrustLimits
{
    /// <summary>Section 2: the largest body unless configured.</summary>
    public const int DefaultMaxFrameLength = 1 << 20;

    /// <summary>Section 3.3: the whole handshake.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LongestTimeout = TimeSpan.FromHours(1);

    public static void CheckName(string name, string option)
    {
        if (name is null || !StrictJson.IsName(name))
            throw new ArgumentException($"{option} must be 1 to 128 bytes of UTF-8 without control characters.", option);
    }

    public static void CheckCommon(TrustChannel channel, ReadOnlyMemory<byte> certificate, int maxFrameLength, TimeSpan timeout)
    {
        if (channel is not (TrustChannel.Local or TrustChannel.Tls or TrustChannel.Other)) throw new ArgumentOutOfRangeException(nameof(channel));
        if (channel == TrustChannel.Tls && certificate.IsEmpty)
            throw new ArgumentException("Channel is Tls, so Certificate must hold the server's certificate of this connection.", nameof(certificate));
        CheckMaxFrameLength(maxFrameLength, nameof(maxFrameLength));
        if (timeout == Timeout.InfiniteTimeSpan) return;
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(timeout, LongestTimeout);
    }

    public static void CheckMaxFrameLength(int maxFrameLength, string option)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxFrameLength, Handshake.SmallestMaxFrame, option);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxFrameLength, FrameHeader.LargestBody, option);
    }

    public static void CheckSuites(IReadOnlyList<CipherSuite>? suites)
    {
        if (suites is not null && Suites.Available(suites).Count == 0) throw new ArgumentException("Suites names none that this platform has.", nameof(suites));
    }

    public static IReadOnlyList<HandshakeMode> CheckModes(IReadOnlyList<HandshakeMode> modes, IReadOnlyList<CipherSuite> suites)
    {
        if (modes.Count == 0) throw new ArgumentException("Modes must name at least one mode.", nameof(modes));
        if (suites.Count == 0 && modes.Contains(HandshakeMode.Sealed))
            throw new ArgumentException("Modes names sealed, but none of Suites is available on this platform.", nameof(suites));
        return modes;
    }
}
