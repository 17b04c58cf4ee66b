using System.Net;
using System.Net.Sockets;

namespace TrustRpc.Transports;

/// <summary>One TCP connection.</summary>
internal sealed class TcpLink(Socket socket, bool blocksReader = false) : SocketLink(socket, blocksReader)
{
    public override TrustChannel Channel => TrustChannel.Other;

    public override RpcTransport Transport => RpcTransport.Tcp;

    // Read at once: the socket forgets its peer when it is closed, and the log asks after that.
    public override string RemoteAddress { get; } = Address(socket);

    private static string Address(Socket socket)
    {
        IPAddress address = ((IPEndPoint)socket.RemoteEndPoint!).Address;
        return (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
    }
}
