namespace TrustRpc;

/// <summary>The authenticated cipher of a sealed connection (<c>docs/PROTOCOL.md</c>, section 4). Both are strong; which is faster depends on the processor.</summary>
public enum CipherSuite
{
    /// <summary>AES-256 in Galois/Counter mode: the faster one where the processor has AES instructions, as nearly all have.</summary>
    Aes256Gcm,

    /// <summary>ChaCha20-Poly1305: the faster one without AES instructions. Not available on every platform.</summary>
    ChaCha20Poly1305,
}
