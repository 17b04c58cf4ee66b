using System.Net;
using System.Net.Sockets;
using TrustRpc.Benchmarks.Loads;

namespace TrustRpc.Benchmarks.Raw;

/// <summary>Connects and has one byte sent back.</summary>
internal sealed class RawConnector(string address) : IConnector
{
    private readonly EndPoint _address = RawAddress.Parse(address);

    public async Task<IAsyncDisposable> OpenAsync()
    {
        var socket = RawAddress.NewSocket(_address);
        await socket.ConnectAsync(_address);
        var buffer = new byte[1];
        await socket.SendAsync(buffer.AsMemory());
        if (await socket.ReceiveAsync(buffer.AsMemory()) == 0)
            throw new EndOfStreamException("The raw server closed the connection.");
        return new OpenSocket(socket);
    }

    private sealed class OpenSocket(Socket socket) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            socket.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
