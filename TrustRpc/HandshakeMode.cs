namespace TrustRpc;

/// <summary>What follows the handshake on the byte stream (<c>docs/PROTOCOL.md</c>, sections 3.4 and 4).</summary>
public enum HandshakeMode
{
    /// <summary>Frames as they are. Safe where the kernel or TLS keeps others out.</summary>
    Plain,

    /// <summary>Frames inside AEAD records: encrypted and authenticated, with forward secrecy.</summary>
    Sealed,
}
