namespace TrustRpc;

/// <summary>This call failed; the connection is fine and the next call may succeed. The code says why.</summary>
public sealed class RpcCallException : RpcException
{
    internal RpcCallException(RpcErrorCode code, string message, Exception? innerException = null)
        : base(code, message, innerException)
    {
    }

    /// <summary>The id under which the callee logged an <see cref="RpcErrorCode.InternalError"/>; null for other errors.</summary>
    public string? ErrorId { get; init; }
}
