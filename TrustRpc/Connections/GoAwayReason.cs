namespace TrustRpc.Connections;

/// <summary>The reasons that this side's goaway gives (section 7).</summary>
internal static class GoAwayReason
{
    /// <summary>The message of a side that has nothing to say beyond its reason.</summary>
    public const string Closing = "This side is closing.";

    public const string Shutdown = "shutdown";
    public const string Limit = "limit";
    public const string Protocol = "protocol";

    /// <summary>The peer is not to connect again by itself.</summary>
    public const string Dismissed = "dismissed";

    /// <summary>Reason and message for people.</summary>
    public static string Describe(string reason, string message) => message.Length == 0 || message == Closing ? reason : $"{reason}: {message.TrimEnd('.')}";
}
