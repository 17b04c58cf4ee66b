namespace TrustRpc.Messages;

/// <summary>The numbers that the protocol itself fixes; <c>docs/PROTOCOL.md</c> gives the reason of each.</summary>
internal static class ProtocolLimits
{
    /// <summary>Levels of JSON in a frame (section 2).</summary>
    public const int MaxDepth = 64;

    /// <summary>New requests are refused while the output that waits, or the arguments of requests that wait for a place, exceed this many times the largest body (section 5).</summary>
    public const int WaitingFrames = 4;
}
