using System.Security.Cryptography;

namespace TrustRpc.Trust;

/// <summary>B: what ties the proofs to the connection below them (section 3.4).</summary>
internal static class ChannelBinding
{
    public static byte[] For(TrustChannel channel, ReadOnlySpan<byte> certificate)
        => channel == TrustChannel.Tls ? [.. "tls-server-end-point"u8, .. SHA256.HashData(certificate)] : [];
}
