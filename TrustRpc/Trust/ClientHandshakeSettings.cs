namespace TrustRpc.Trust;

/// <summary>What a client brings into a handshake, checked and with every default filled in.</summary>
internal sealed record ClientHandshakeSettings
{
    public required KeySchedule Keys { get; init; }

    public required string ClientId { get; init; }

    public required string ClientName { get; init; }

    /// <summary>The server's name insisted on; null = any.</summary>
    public string? ServerName { get; init; }

    public required TrustChannel Channel { get; init; }

    /// <summary>B.</summary>
    public byte[] Binding { get; init; } = [];

    public required IReadOnlyList<HandshakeMode> Modes { get; init; }

    public IReadOnlyList<CipherSuite> Suites { get; init; } = [];

    /// <summary>The largest body it takes; null leaves it to the server.</summary>
    public int? MaxFrame { get; init; }
}
