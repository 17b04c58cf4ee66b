using System.Diagnostics;
using System.Net.Sockets;
using TrustRpc.Benchmarks.Loads;

namespace TrustRpc.Benchmarks.Raw;

/// <summary>The limit, client side: a batch of messages in one send, then their answers, and again, on each connection.</summary>
internal sealed class RawEchoLoad : ILoad
{
    private readonly Socket[] _sockets;
    private readonly WireSize _size;
    private readonly int _batch;
    private readonly Latencies? _latencies;

    private RawEchoLoad(LoadSpec spec, Socket[] sockets)
    {
        _sockets = sockets;
        _size = WireSize.Of(spec);
        _batch = spec.InFlight;
        _latencies = spec.OneAtATime ? new Latencies() : null;
    }

    internal static RawEchoLoad Open(LoadSpec spec)
    {
        var address = RawAddress.Parse(spec.Address);
        var sockets = new Socket[spec.Connections];
        for (var i = 0; i < sockets.Length; i++)
        {
            sockets[i] = RawAddress.NewSocket(address);
            sockets[i].Connect(address);
        }
        return new RawEchoLoad(spec, sockets);
    }

    public Measurement Run(TimeSpan duration) =>
        Loops.Run(duration, _sockets.Length, _latencies, (index, loops) => PingPongAsync(_sockets[index], loops));

    private async Task<long> PingPongAsync(Socket socket, Loops loops)
    {
        var requests = new byte[_size.Request * _batch].AsMemory();
        var responses = new byte[_size.Response * _batch].AsMemory();
        long messages = 0;
        var last = Stopwatch.GetTimestamp();
        for (; !loops.Stopped; messages += _batch)
        {
            await socket.SendAsync(requests);
            for (var received = 0; received < responses.Length;)
            {
                var count = await socket.ReceiveAsync(responses[received..]);
                received += count > 0 ? count : throw new EndOfStreamException("The raw server closed the connection.");
            }
            if (_latencies is null)
                continue;
            var now = Stopwatch.GetTimestamp();
            _latencies.Add(now - last);
            last = now;
        }
        return messages;
    }
}
