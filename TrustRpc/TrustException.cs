namespace TrustRpc;

/// <summary>The peer is not trusted, or this side has no usable secret: no connection came about, and nothing was sent beyond the handshake.</summary>
public sealed class TrustException : RpcException
{
    internal TrustException(TrustFailure failure, string message, Exception? innerException = null)
        : base(RpcErrorCode.Unauthenticated, message, innerException) => Failure = failure;

    /// <summary>Why.</summary>
    public TrustFailure Failure { get; }

    /// <summary>
    /// True where the reason came with a server proof, so that a holder of the secret said it; false where it is this side's own finding
    /// or a hint from someone unknown.
    /// </summary>
    public bool Proven { get; init; }

    /// <summary>After how long the server suggests another try, at most 60 s; null where it said nothing or could not prove itself.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>True where trying again as before hardly helps: somebody has to change something first.</summary>
    internal bool IsLasting => Failure is TrustFailure.SecretDiffers or TrustFailure.ModeRefused or TrustFailure.VersionRefused
        or TrustFailure.WrongServer or TrustFailure.SomeoneInBetween or TrustFailure.NoUsableSecret;
}
