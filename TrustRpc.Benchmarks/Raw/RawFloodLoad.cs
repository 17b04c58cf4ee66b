using System.Net.Sockets;
using TrustRpc.Benchmarks.Loads;

namespace TrustRpc.Benchmarks.Raw;

/// <summary>The limit of a stream, client side: takes bytes as fast as they come, and counts them as items. Each run has a connection of its own, so that nothing floods between.</summary>
internal sealed class RawFloodLoad(LoadSpec spec) : ILoad
{
    private const int Room = 64 * 1024;

    /// <summary>Two quotes and a comma come to each text.</summary>
    private readonly int _item = spec.Method == "chunks" ? spec.Characters : spec.Characters + 3;

    internal static RawFloodLoad Open(LoadSpec spec) => new(spec);

    public Measurement Run(TimeSpan duration) => Loops.Run(duration, 1, null, (_, loops) => TakeAsync(loops));

    private async Task<long> TakeAsync(Loops loops)
    {
        var address = RawAddress.Parse(spec.Address);
        using var socket = RawAddress.NewSocket(address);
        await socket.ConnectAsync(address);
        var buffer = new byte[Room].AsMemory();
        long bytes = 0;
        while (!loops.Stopped)
            bytes += await socket.ReceiveAsync(buffer);
        return bytes / _item;
    }
}
