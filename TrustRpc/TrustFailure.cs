namespace TrustRpc;

/// <summary>Why a handshake failed or could not begin, as far as may be known (<c>docs/PROTOCOL.md</c>, section 3).</summary>
public enum TrustFailure
{
    /// <summary>There is no usable secret on this side: none set, too short, the placeholder, or too weak for the listener.</summary>
    NoUsableSecret,

    /// <summary>The proofs do not fit: <c>TRUST_ID</c> differs from the peer's.</summary>
    SecretDiffers,

    /// <summary>What answered does not speak this protocol.</summary>
    NotTrustRpc,

    /// <summary>The peer did not finish the handshake in time.</summary>
    TimedOut,

    /// <summary>The peer left before the handshake was over.</summary>
    PeerLeft,

    /// <summary>The two sides allow no common mode.</summary>
    ModeRefused,

    /// <summary>The two sides speak no common version.</summary>
    VersionRefused,

    /// <summary>The server's name is not the one the client insists on.</summary>
    WrongServer,

    /// <summary>The server takes no more connections now; <see cref="TrustException.RetryAfter"/> may say when to try again.</summary>
    Busy,

    /// <summary>The server is locked down.</summary>
    Locked,

    /// <summary>Someone stands in between: the peer holds the secret, but what it saw of the connection differs (the certificate, say).</summary>
    SomeoneInBetween,

    /// <summary>The peer broke the rules of the handshake.</summary>
    Protocol,
}
