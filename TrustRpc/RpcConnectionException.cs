namespace TrustRpc;

/// <summary>The connection could not be made or is gone; nothing more can be done with it.</summary>
public sealed class RpcConnectionException : RpcException
{
    internal RpcConnectionException(string message, Exception? innerException = null, bool mayHaveBeenExecuted = false)
        : base(RpcErrorCode.Unavailable, message, innerException) => MayHaveBeenExecuted = mayHaveBeenExecuted;

    /// <summary>
    /// True where the call had begun to leave, so that the peer may have executed it; false where it is certain that it was not,
    /// and calling again elsewhere is safe.
    /// </summary>
    public bool MayHaveBeenExecuted { get; }
}
