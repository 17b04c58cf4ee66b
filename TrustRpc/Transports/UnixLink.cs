using System.Globalization;
using System.Net.Sockets;

namespace TrustRpc.Transports;

/// <summary>One connection over a Unix socket, or over a named pipe where that is one.</summary>
internal sealed class UnixLink(Socket socket, RpcTransport transport, bool blocksReader = false) : SocketLink(socket, blocksReader)
{
    private readonly uint? _userId = UnixUser.OfPeer(socket);

    public override TrustChannel Channel => TrustChannel.Local;

    public override RpcTransport Transport => transport;

    public override string RemoteAddress => _userId is uint id ? string.Create(CultureInfo.InvariantCulture, $"uid {id}") : "local";

    public override int? UnixUserId => unchecked((int?)_userId);
}
