namespace TrustRpc.Transports;

/// <summary>Accepts byte streams on one endpoint. Disposal stops it, ends a pending accept with null and removes what it put into the file system.</summary>
internal interface IStreamListener : IAsyncDisposable
{
    /// <summary>The endpoint as bound: with the port that the system chose where 0 was asked for.</summary>
    RpcEndpoint Endpoint { get; }

    /// <summary>Whether <see cref="AcceptAsync"/> blocks its thread instead of returning before there is a link.</summary>
    bool Blocks { get; }

    /// <summary>
    /// The next link; null once stopped. Survives peers that reset, foreign users and running out of descriptors (backs off and goes on).
    /// Any number of callers at a time.
    /// </summary>
    ValueTask<TransportLink?> AcceptAsync();
}
