namespace TrustRpc.Trust;

/// <summary>What a client's program is told about a refusal: a fact where the server proved itself, a hint from someone unknown otherwise.</summary>
internal static class Refusals
{
    private const int LongestQuote = 200;

    public static TrustException ToException(Refused refused, bool proven, ClientHandshakeSettings settings)
    {
        (TrustFailure failure, string message) = Describe(refused.Code, settings);
        string said = proven ? $" The server says: {Quote(refused.Message)}" : " (The server did not prove itself: a hint from someone unknown.)";
        return new TrustException(failure, message + said) { Proven = proven, RetryAfter = proven ? refused.RetryAfter : null };
    }

    public static string InBetween(TrustChannel channel)
        => "Someone stands in between: the server knows TRUST_ID, yet its proof does not fit this connection"
            + (channel == TrustChannel.Tls ? "; the certificate that arrived here is not the one that the server presented." : ".");

    private static (TrustFailure Failure, string Message) Describe(string code, ClientHandshakeSettings settings) => code switch
    {
        Refused.Unauthenticated => (TrustFailure.SecretDiffers, $"TRUST_ID differs from the server's. This side's has the fingerprint {settings.Keys.Fingerprint}: compare it with the server's."),
        Refused.Version => (TrustFailure.VersionRefused, $"Version refused: the server does not speak version {Hello.Version} of the protocol."),
        Refused.Mode => (TrustFailure.ModeRefused, $"The server does not allow {string.Join(" or ", settings.Modes.Select(Modes.Name))} mode over {Kind(settings.Channel)}. Each end chooses by ?mode=plain or ?mode=sealed after its address; without that the default for such a connection is taken."),
        Refused.WrongServer => (TrustFailure.WrongServer, $"Another server: its name is not '{settings.ServerName}'."),
        Refused.Busy => (TrustFailure.Busy, "The server takes no more connections now."),
        Refused.Locked => (TrustFailure.Locked, "The server is locked down."),
        _ => (TrustFailure.Protocol, "The server refused for a reason that this version does not know."),
    };

    private static string Quote(string text)
        => string.Concat(text.Take(LongestQuote).Where(character => !char.IsControl(character) && !char.IsSurrogate(character)));

    private static string Kind(TrustChannel channel) => channel switch
    {
        TrustChannel.Local => "a connection within one machine (unix, pipe)",
        TrustChannel.Tls => "TLS",
        _ => "a connection that others may read (tcp, a pipe between machines, a stream of the program's own)",
    };
}
