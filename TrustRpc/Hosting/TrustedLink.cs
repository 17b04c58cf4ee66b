using TrustRpc.Connections;
using TrustRpc.Transports;

namespace TrustRpc.Hosting;

/// <summary>A link whose handshake has succeeded: what a connection stands on.</summary>
internal sealed class TrustedLink(TransportLink link, TrustStream stream) : IConnectionLink
{
    private const int PlainCorkedSize = 1024;

    // A record costs two microseconds, however short it is: sealed, more is gathered for each.
    private const int SealedCorkedSize = 4096;

    public Stream Stream => stream;

    public Func<TimeSpan, TimeSpan>? Patience
    {
        set => link.Patience = value;
    }

    public async ValueTask EndWritingAsync()
    {
        await stream.ShutdownAsync().ConfigureAwait(false);
        link.HalfClose();
    }

    public void Abort() => link.Abort();

    public async ValueTask DisposeAsync()
    {
        try
        {
            await stream.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            await link.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>What the handshake and the transport say of the peer.</summary>
    public RpcPeer Peer(RpcEndpoint? endpoint) => new()
    {
        Id = stream.PeerId,
        Name = stream.PeerName,
        Session = stream.Session,
        Mode = stream.Mode,
        Endpoint = endpoint,
        Transport = link.Transport,
        Address = link.RemoteAddress,
        UnixUserId = link.UnixUserId,
        ConnectedAt = link.ConnectedAt,
    };

    /// <summary>What the connection's owner says, with what the handshake has agreed on.</summary>
    public ConnectionSettings Agree(ConnectionSettings own) => own with
    {
        MaxFrame = stream.MaxFrameLength,
        MaxCalls = stream.MaxCalls,
        KeepAlive = stream.KeepAlive,
        CorkedSize = stream.Mode == HandshakeMode.Sealed ? SealedCorkedSize : PlainCorkedSize,
    };
}
