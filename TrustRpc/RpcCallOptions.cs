namespace TrustRpc;

/// <summary>What one call says beyond method and arguments. The default says nothing: what the client's options say goes.</summary>
public readonly record struct RpcCallOptions
{
    /// <summary>
    /// How long the caller waits, everything included: standing in line, reconnecting, being tried again. Null = the client's <see cref="RpcClientOptions.CallTimeout"/>;
    /// <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> = as long as it takes; zero = its time is up already, so that what is left of another deadline can be given as it is.
    /// </summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>
    /// True where executing the method twice does no harm: a client that reconnects (<see cref="RpcClientOptions.Reconnect"/>) then tries the call again also where
    /// it may have been executed. Default false: such a call fails, and nothing is executed twice. A call that has sequences for arguments is never sent twice. A client that does not reconnect takes no notice.
    /// </summary>
    public bool Idempotent { get; init; }
}
