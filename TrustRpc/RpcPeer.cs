namespace TrustRpc;

/// <summary>Who is at the other end of a connection. Immutable.</summary>
public sealed record RpcPeer
{
    /// <summary>The id by which a client names itself across connections. Any holder of the secret can claim any id: it names, it grants nothing. For a server, its name.</summary>
    public required string Id { get; init; }

    /// <summary>The name for people.</summary>
    public required string Name { get; init; }

    /// <summary>The endpoint that the connection came through or went to; null for a stream that the program handed in.</summary>
    public RpcEndpoint? Endpoint { get; init; }

    /// <summary>How the bytes travel.</summary>
    public RpcTransport Transport { get; init; }

    /// <summary>Where the peer is: an IP address, <c>uid 1000</c>, <c>pipe</c>.</summary>
    public string Address { get; init; } = "";

    /// <summary>When the connection was accepted or made, by this side's clock: before the handshake.</summary>
    public DateTimeOffset ConnectedAt { get; init; }

    /// <summary>The session of the handshake, 32 hexadecimal digits: the same in both ends' logs. Proves nothing.</summary>
    public required string Session { get; init; }

    /// <summary>Whether the bytes are sealed by the handshake.</summary>
    public HandshakeMode Mode { get; init; }

    /// <summary>The peer's Unix user id, as the kernel tells; null where it does not.</summary>
    public int? UnixUserId { get; init; }
}
