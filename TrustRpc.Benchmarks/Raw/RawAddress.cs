using System.Net;
using System.Net.Sockets;

namespace TrustRpc.Benchmarks.Raw;

/// <summary>Addresses of raw sockets in the control channel: a path is a Unix socket, anything else an IP endpoint.</summary>
internal static class RawAddress
{
    internal static Socket NewSocket(EndPoint address)
    {
        if (address is UnixDomainSocketEndPoint)
            return new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        return new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    }

    internal static EndPoint Parse(string address) =>
        IPEndPoint.TryParse(address, out var ip) ? ip : new UnixDomainSocketEndPoint(address);
}
