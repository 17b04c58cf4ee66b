namespace TrustRpc;

/// <summary>What a role itself sees under the handshake (<c>docs/PROTOCOL.md</c>, section 3.4).</summary>
public enum TrustChannel
{
    /// <summary>Everything else: TCP, loopback included, TLS ended by someone else, a stream handed in by the caller. Sealed unless both ends allow plain by name.</summary>
    Other,

    /// <summary>A Unix socket, or a named pipe on this machine: the kernel keeps others out. Plain by default.</summary>
    Local,

    /// <summary>TLS ended by this role itself. Plain by default inside it; the proofs cover the certificate.</summary>
    Tls,
}
