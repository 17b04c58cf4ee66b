namespace TrustRpc.Trust;

/// <summary>What a handshake ends with: who is there and what was agreed.</summary>
internal sealed record Agreement
{
    public required string PeerId { get; init; }

    public required string PeerName { get; init; }

    public required string Session { get; init; }

    public required HandshakeMode Mode { get; init; }

    public CipherSuite? Suite { get; init; }

    public required int MaxFrame { get; init; }

    public required int MaxCalls { get; init; }

    public required TimeSpan KeepAlive { get; init; }

    /// <summary>Of the secret that fitted.</summary>
    public required string Fingerprint { get; init; }
}
