using System.Net.Sockets;

namespace TrustRpc.Transports;

/// <summary>Accepts on a listening socket, on the calling thread where that can be ended: a connection then reaches its thread without the runtime's poller and pool.</summary>
internal static class SocketAccept
{
    /// <summary>On Linux closing a listening socket reliably ends an accept that blocks; of other systems that is not known.</summary>
    public static bool Blocks(TransportOptions options) => options.HasAcceptThread && OperatingSystem.IsLinux();

    public static ValueTask<Socket> AcceptAsync(Socket listener, TransportOptions options, CancellationToken stop)
        => Blocks(options) ? new ValueTask<Socket>(listener.Accept()) : listener.AcceptAsync(stop);
}
