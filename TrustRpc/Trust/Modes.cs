namespace TrustRpc.Trust;

/// <summary>Names of modes and channels on the wire, and what is offered and allowed by default (section 3.4).</summary>
internal static class Modes
{
    private static readonly HandshakeMode[] Both = [HandshakeMode.Plain, HandshakeMode.Sealed];
    private static readonly HandshakeMode[] PlainAlone = [HandshakeMode.Plain];
    private static readonly HandshakeMode[] SealedAlone = [HandshakeMode.Sealed];

    public static string Name(HandshakeMode mode) => mode switch
    {
        HandshakeMode.Plain => "plain",
        HandshakeMode.Sealed => "sealed",
        _ => throw new ArgumentOutOfRangeException(nameof(mode)),
    };

    public static HandshakeMode? Find(string name) => name switch
    {
        "plain" => HandshakeMode.Plain,
        "sealed" => HandshakeMode.Sealed,
        _ => null,
    };

    public static string Name(TrustChannel channel) => channel switch
    {
        TrustChannel.Local => "local",
        TrustChannel.Tls => "tls",
        TrustChannel.Other => "other",
        _ => throw new ArgumentOutOfRangeException(nameof(channel)),
    };

    public static TrustChannel? FindChannel(string name) => name switch
    {
        "local" => TrustChannel.Local,
        "tls" => TrustChannel.Tls,
        "other" => TrustChannel.Other,
        _ => null,
    };

    public static IReadOnlyList<HandshakeMode> OfferedByDefault(TrustChannel channel) => channel switch
    {
        TrustChannel.Local => Both,
        TrustChannel.Tls => PlainAlone,
        _ => SealedAlone,
    };

    /// <summary>A server takes sealed everywhere; plain on <see cref="TrustChannel.Other"/> only where it was enabled by name.</summary>
    public static IReadOnlyList<HandshakeMode> AllowedByDefault(TrustChannel channel) => channel == TrustChannel.Other ? SealedAlone : Both;
}
