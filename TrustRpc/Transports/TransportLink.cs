namespace TrustRpc.Transports;

/// <summary>One byte stream to a peer and what the transport knows of it. Whoever holds the link disposes it, and with it the stream.</summary>
internal abstract class TransportLink : IAsyncDisposable
{
    /// <summary>The duplex stream; with TLS, valid after <see cref="OpenAsync"/>.</summary>
    public abstract Stream Stream { get; }

    /// <summary>The channel of the handshake (section 3.4).</summary>
    public abstract TrustChannel Channel { get; }

    /// <summary>How the bytes travel.</summary>
    public abstract RpcTransport Transport { get; }

    /// <summary>Where the peer is, for logs and for limits per address (no port): <c>192.168.1.7</c>, <c>uid 1000</c>, <c>pipe</c>.</summary>
    public abstract string RemoteAddress { get; }

    /// <summary>The peer's Unix user id; null where the system does not tell.</summary>
    public virtual int? UnixUserId => null;

    /// <summary>The server's leaf certificate in DER, as presented in this very connection; empty without TLS. Valid after <see cref="OpenAsync"/>.</summary>
    public virtual ReadOnlyMemory<byte> Certificate => default;

    /// <summary>What must happen on the link before the handshake: TLS, else nothing. Never called by the accept loop, always under a deadline.</summary>
    public virtual ValueTask OpenAsync(CancellationToken cancellationToken) => default;

    /// <summary>Tells the peer that nothing more will be written, where the transport can; reading goes on.</summary>
    public virtual void HalfClose()
    {
    }

    /// <summary>Ends a read or write that blocks a thread, so that disposal never waits for the peer. Safe from any thread, any number of times.</summary>
    public abstract void Abort();

    /// <summary>
    /// With a function, a read spins on the socket before it sleeps, as long as the function says that something is expected; with null, only where that has been of use.
    /// Ignored where the transport cannot.
    /// </summary>
    public virtual Func<bool>? SpinWhile { set { } }

    /// <summary>
    /// With a function, a <c>ReadAsync</c> on the stream blocks its thread: the function is given how long the read has waited, and says for how much longer it may
    /// (infinite = for ever). Zero, and the read becomes asynchronous after all, as do later ones until this is set again; null = none blocks. Ignored where the transport cannot.
    /// </summary>
    public virtual Func<TimeSpan, TimeSpan>? Patience { set { } }

    /// <summary>When the connection was accepted or made; set by whoever has the clock, before the handshake.</summary>
    public DateTimeOffset ConnectedAt { get; set; }

    /// <summary>Whether disposal of the stream is certain to end its reads and writes.</summary>
    public virtual bool IsEndedByDisposal => false;

    public abstract ValueTask DisposeAsync();
}
