namespace TrustRpc;

/// <summary>What one call says beyond method and arguments. The default says nothing: what the client's options say goes.</summary>
public readonly record struct RpcCallOptions
{
    /// <summary>
    /// How long the caller waits, everything included: standing in line, reconnecting, being tried again. Null = the client's <see cref="RpcClientOptions.CallTimeout"/>;
    /// <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> = as long as it takes; zero = its time is up already, so that what is left of another deadline can be given as it is.
    /// For a stream it is the time of each wait for an item.
    /// </summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>
    /// How long a stream may take as a whole, from the beginning of its enumeration: more than zero; null, the default, or <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> = as long as it likes.
    /// When the time is up the consumer gets <see cref="RpcErrorCode.DeadlineExceeded"/> and the producer ends; the connection is fine. Calls that are no streams take no notice.
    /// </summary>
    public TimeSpan? StreamTimeout { get; init; }

    /// <summary>
    /// True where executing the method twice does no harm: a client that reconnects (<see cref="RpcClientOptions.Reconnect"/>) then tries the call again also where
    /// it may have been executed. Default false: such a call fails, and nothing is executed twice. A call that has sequences for arguments is never sent twice. A client that does not reconnect takes no notice.
    /// </summary>
    public bool Idempotent { get; init; }
}
