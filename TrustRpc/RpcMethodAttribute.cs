namespace TrustRpc;

/// <summary>Marks a public method that callers may call, and says how.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RpcMethodAttribute : Attribute
{
    /// <summary>Marks the method under its CLR name without <c>Async</c>.</summary>
    public RpcMethodAttribute()
    {
    }

    /// <summary>Marks the method under a name of its own.</summary>
    /// <param name="name">The name that travels; exact, and not one that begins with <c>$/</c> or <c>rpc.</c>.</param>
    public RpcMethodAttribute(string name) => Name = name;

    /// <summary>The name that travels; null = the CLR name without <c>Async</c>.</summary>
    public string? Name { get; }

    /// <summary>
    /// True for a method that is short and never blocks: it may run on the thread that reads the connection, several in a row, which is faster
    /// under load. A method marked so that blocks after all holds up its connection. Default false: any method is safe.
    /// </summary>
    public bool Inline { get; set; }

    /// <summary>
    /// For proxies of the interface that the method belongs to: how long a call waits, in milliseconds. Default 0 = as the caller's options say;
    /// <see cref="Timeout.Infinite"/> = as long as it takes. Whoever serves the method takes no notice.
    /// </summary>
    public int TimeoutMilliseconds { get; set; }

    /// <summary>
    /// For proxies of the interface that the method belongs to, where it returns a sequence: how long that may take as a whole, in milliseconds, as
    /// <see cref="RpcCallOptions.StreamTimeout"/> says. Default 0, and <see cref="Timeout.Infinite"/> = as long as it likes. Whoever serves the method takes no notice.
    /// </summary>
    public int StreamTimeoutMilliseconds { get; set; }

    /// <summary>
    /// For proxies of the interface that the method belongs to: executing it twice does no harm, as <see cref="RpcCallOptions.Idempotent"/> says. Default false. Whoever serves
    /// the method takes no notice.
    /// </summary>
    public bool Idempotent { get; set; }

    /// <summary>
    /// True for a method that returns a lazy <see cref="IEnumerable{T}"/> whose items travel one by one as the caller asks for them, as those of an
    /// <see cref="IAsyncEnumerable{T}"/> always do. Default false: it travels as one array.
    /// </summary>
    public bool Stream { get; set; }
}
