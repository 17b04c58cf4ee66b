using System.Security.Cryptography;

namespace TrustRpc.Trust;

/// <summary>The key of one role's proofs. It keeps a keyed HMAC at hand, because keying one takes longer than the mac itself. Thread-safe.</summary>
internal sealed class ProofKey(byte[] key)
{
    private IncrementalHash? _keyed;

    /// <summary>Kc or Ks.</summary>
    public ReadOnlySpan<byte> Bytes => key;

    public void Mac(ReadOnlySpan<byte> message, Span<byte> mac)
    {
        IncrementalHash keyed = Interlocked.Exchange(ref _keyed, null) ?? IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        keyed.AppendData(message);
        keyed.GetHashAndReset(mac);
        Interlocked.Exchange(ref _keyed, keyed)?.Dispose();
    }
}
