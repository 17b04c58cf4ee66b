using System.Net;
using System.Net.Sockets;

namespace TrustRpc.Tests.Support;

/// <summary>A port for a server that is to come back at it. None of those that the system gives to whoever connects: a client that tries such a one again and again while nobody listens may connect to itself.</summary>
internal static class FreePort
{
    private const int First = 20_000;
    private const int Last = 30_000;

    public static int Find()
    {
        while (true)
        {
            int port = Random.Shared.Next(First, Last);
            using TcpListener listener = new(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody has it: another one then.
            }
        }
    }
}
