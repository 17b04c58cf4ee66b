namespace TrustRpc.Management;

/// <summary>What happens when a client connects under an id that is connected already.</summary>
public enum SameClientIdPolicy
{
    /// <summary>
    /// The older connection is dismissed with a reason: a client that lost its connection without a word is back at once, and of two programs with one id the one that came first is closed, and does not come back by
    /// itself.
    /// </summary>
    Replace,

    /// <summary>The newer one is turned away in the handshake, as busy, until the older has ended.</summary>
    Reject,

    /// <summary>
    /// Both stay, as one client: commands go to the newest connection that is open, and the list shows that one's name, address and endpoint, those of the one before again when it has left. Subscribers are told when
    /// the first one comes and when the last one has gone.
    /// </summary>
    Share,
}
