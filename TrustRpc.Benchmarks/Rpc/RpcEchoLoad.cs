#if TRUSTRPC_API
using System.Diagnostics;
using TrustRpc.Benchmarks.Loads;

namespace TrustRpc.Benchmarks.Rpc;

/// <summary>As many loops of awaited calls as are to be in flight, on each connection.</summary>
internal sealed class RpcEchoLoad : ILoad
{
    private readonly LoadSpec _spec;
    private readonly RpcClient[] _clients;
    private readonly string _text;
    private readonly Latencies? _latencies;

    private RpcEchoLoad(LoadSpec spec, RpcClient[] clients)
    {
        _spec = spec;
        _clients = clients;
        _text = new string('x', spec.Characters);
        _latencies = spec.OneAtATime ? new Latencies() : null;
    }

    internal static RpcEchoLoad Open(LoadSpec spec) => new(spec, RpcClients.Open(spec));

    public Measurement Run(TimeSpan duration) => Loops.Run(
        duration,
        _clients.Length * _spec.InFlight,
        _latencies,
        (index, loops) => CallAsync(_clients[index % _clients.Length], loops));

    private async Task<long> CallAsync(RpcClient client, Loops loops)
    {
        long calls = 0;
        var last = Stopwatch.GetTimestamp();
        for (; !loops.Stopped; calls++)
        {
            var echoed = await client.CallAsync<string>(_spec.Method, [_text]);
            if (echoed.Length != _text.Length)
                throw new InvalidDataException($"{_text.Length} characters went out and {echoed.Length} came back.");
            if (_latencies is null)
                continue;
            var now = Stopwatch.GetTimestamp();
            _latencies.Add(now - last);
            last = now;
        }
        return calls;
    }
}
#endif
