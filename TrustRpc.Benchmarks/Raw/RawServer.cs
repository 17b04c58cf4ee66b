using System.Net;
using System.Net.Sockets;
using TrustRpc.Benchmarks.Loads;

namespace TrustRpc.Benchmarks.Raw;

/// <summary>The limit, server side: for every request's worth of bytes that has arrived, a response's worth goes back in one send; or bytes without end.</summary>
internal sealed class RawServer
{
    private const int RoomForMessages = 64;
    private const int RoomInBytes = 64 * 1024;

    private readonly WireSize _size;
    private readonly int _room;
    private readonly byte[] _responses;

    private RawServer(WireSize size)
    {
        _size = size;
        _room = Math.Max(size.Request, Math.Min(RoomInBytes, size.Request * RoomForMessages));
        _responses = new byte[((_room / size.Request) + 1) * size.Response];
    }

    internal static string Listen(LoadSpec spec, string socketPath)
    {
        EndPoint address = spec.Tcp ? new IPEndPoint(IPAddress.Loopback, 0) : new UnixDomainSocketEndPoint(socketPath);
        var listener = RawAddress.NewSocket(address);
        listener.Bind(address);
        listener.Listen(512);
        _ = new RawServer(WireSize.Of(spec)).AcceptAsync(listener, spec.Kind == LoadKind.ServerStream);
        return spec.Tcp ? listener.LocalEndPoint!.ToString()! : socketPath;
    }

    private async Task AcceptAsync(Socket listener, bool floods)
    {
        while (true)
        {
            var socket = await listener.AcceptAsync();
            if (socket.AddressFamily != AddressFamily.Unix)
                socket.NoDelay = true;
            _ = floods ? FloodAsync(socket) : EchoAsync(socket);
        }
    }

    private static async Task FloodAsync(Socket socket)
    {
        using var _ = socket;
        var buffer = new byte[RoomInBytes];
        try
        {
            while (true)
                await socket.SendAsync(buffer);
        }
        catch (SocketException)
        {
            // The client closed, at the end of a run.
        }
    }

    private async Task EchoAsync(Socket socket)
    {
        using var _ = socket;
        var buffer = new byte[_room];
        var arrived = 0;
        try
        {
            while (await socket.ReceiveAsync(buffer.AsMemory()) is var count and > 0)
            {
                arrived += count;
                var requests = arrived / _size.Request;
                arrived -= requests * _size.Request;
                if (requests > 0)
                    await socket.SendAsync(_responses.AsMemory(0, requests * _size.Response));
            }
        }
        catch (SocketException)
        {
            // The client closed with bytes still under way, as it may at the end of a run.
        }
    }
}
