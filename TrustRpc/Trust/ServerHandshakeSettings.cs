namespace TrustRpc.Trust;

/// <summary>What a server brings into a handshake, checked and with every default filled in.</summary>
internal sealed record ServerHandshakeSettings
{
    /// <summary>The secret, then those it replaces.</summary>
    public required IReadOnlyList<KeySchedule> Keys { get; init; }

    public required string ServerName { get; init; }

    public required TrustChannel Channel { get; init; }

    /// <summary>B where the client's channel is <see cref="TrustChannel.Tls"/>; null where this server does not end TLS itself.</summary>
    public byte[]? TlsBinding { get; init; }

    public required IReadOnlyList<HandshakeMode> Modes { get; init; }

    public IReadOnlyList<CipherSuite> Suites { get; init; } = [];

    public required int MaxFrame { get; init; }

    public required int MaxCalls { get; init; }

    public required TimeSpan KeepAlive { get; init; }

    /// <summary>Given id and name of a client whose first proof fits, why it is turned away; null = it is not.</summary>
    public Func<string, string, TrustRefusal?>? Admit { get; init; }
}
