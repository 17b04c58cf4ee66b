namespace TrustRpc.Connections;

/// <summary>The reasons that a goaway may give (section 7).</summary>
internal static class GoAwayReason
{
    public const string Shutdown = "shutdown";
    public const string Locked = "locked";
    public const string Limit = "limit";
    public const string Protocol = "protocol";
    public const string Idle = "idle";
}
