namespace TrustRpc;

/// <summary>The connection could not be made or is gone; nothing more can be done with it.</summary>
/// <remarks>
/// Its <see cref="RpcException.Code"/> says the same as <see cref="MayHaveBeenExecuted"/>: <see cref="RpcErrorCode.Unavailable"/> where the call was certainly not executed, else
/// <see cref="RpcErrorCode.Cancelled"/>. So a method that passes the code on in an error of its own does not say too much.
/// </remarks>
public sealed class RpcConnectionException : RpcException
{
    internal RpcConnectionException(string message, Exception? innerException = null, bool mayHaveBeenExecuted = false)
        : base(mayHaveBeenExecuted ? RpcErrorCode.Cancelled : RpcErrorCode.Unavailable, message, innerException) => MayHaveBeenExecuted = mayHaveBeenExecuted;

    /// <summary>
    /// True where the call had begun to leave, so that the peer may have executed it; false where it is certain that it was not,
    /// and calling again elsewhere is safe.
    /// </summary>
    public bool MayHaveBeenExecuted { get; }
}
