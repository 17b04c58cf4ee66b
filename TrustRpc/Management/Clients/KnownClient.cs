namespace TrustRpc.Management;

/// <summary>A client that a server has seen, as a store keeps it. Immutable.</summary>
public sealed record KnownClient
{
    /// <summary>The most characters that <see cref="Uuid"/> and <see cref="Name"/> have: 128.</summary>
    public const int LongestName = 128;

    /// <summary>The most characters that the other texts have: 512.</summary>
    public const int LongestText = 512;

    /// <summary>What ids begin with that nobody chose and no other process will ever have: <c>~</c>. Such a client is known while it is connected, and forgotten when it leaves.</summary>
    public const char TemporaryPrefix = '~';

    /// <summary>The client's id of the handshake: 1 to 128 characters, none of them a control character.</summary>
    /// <exception cref="ArgumentException">It is not within these limits.</exception>
    public required string Uuid { get; init => field = ClientText.Name(value, nameof(Uuid)); }

    /// <summary>Whether <see cref="Uuid"/> begins with <see cref="TemporaryPrefix"/>.</summary>
    public bool IsTemporary => Uuid[0] == TemporaryPrefix;

    /// <summary>Its name for people, within the same limits.</summary>
    /// <exception cref="ArgumentException">It is not within these limits.</exception>
    public required string Name { get; init => field = ClientText.Name(value, nameof(Name)); }

    /// <summary>Where it connected from: an IP address, <c>uid 1000</c>, <c>pipe</c>. Up to 512 characters, no control characters.</summary>
    /// <exception cref="ArgumentException">It is not within these limits.</exception>
    public string IpAddress { get; init => field = ClientText.Other(value, nameof(IpAddress)); } = "";

    /// <summary>The server's endpoint that it came through, within the same limits; empty for a stream that the program handed in.</summary>
    /// <exception cref="ArgumentException">It is not within these limits.</exception>
    public string Endpoint { get; init => field = ClientText.Other(value, nameof(Endpoint)); } = "";

    /// <summary>How its bytes travel: <c>tcp</c>, <c>tls</c>, <c>unix</c>, <c>pipe</c>, <c>stream</c>.</summary>
    /// <exception cref="ArgumentException">It has more than 512 characters or a control character.</exception>
    public string Transport { get; init => field = ClientText.Other(value, nameof(Transport)); } = "";

    /// <summary>Whether it is connected.</summary>
    public bool Online { get; init; }

    /// <summary>When it connected last, in UTC, to the millisecond.</summary>
    public DateTimeOffset ConnectedAt { get; init; }

    /// <summary>
    /// When it was last heard of, in UTC, to the millisecond: it connected, left, answered a command, sent something in sync; and what it said beside that, as <see cref="ManagementOptions.LastSeenRefresh"/> says.
    /// </summary>
    public DateTimeOffset LastSeen { get; init; }
}
