using System.Net.Sockets;

namespace TrustRpc.Tests.Support;

/// <summary>A socket to an endpoint of a server's, without anything of this product on it.</summary>
internal sealed class RawSocket : NetworkStream
{
    private RawSocket(Socket socket)
        : base(socket, ownsSocket: true)
    {
    }

    public static async Task<RawSocket> ConnectAsync(RpcEndpoint endpoint)
    {
        Socket socket;
        if (endpoint.Transport == RpcTransport.Unix)
        {
            socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(endpoint.Path!)).InTime();
        }
        else
        {
            socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(endpoint.Host!, endpoint.Port).InTime();
        }

        return new RawSocket(socket);
    }

    public void EndWriting() => Socket.Shutdown(SocketShutdown.Send);

    /// <summary>Closes without a word and drops what is unread and unsent.</summary>
    public void Reset() => Socket.Close(0);
}
