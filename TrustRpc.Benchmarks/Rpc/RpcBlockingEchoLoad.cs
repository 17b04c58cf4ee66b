#if TRUSTRPC_API
using System.Diagnostics;
using TrustRpc.Benchmarks.Loads;

namespace TrustRpc.Benchmarks.Rpc;

/// <summary>One call after the other through the call that blocks its thread.</summary>
internal sealed class RpcBlockingEchoLoad(RpcClient client, LoadSpec spec) : ILoad
{
    private readonly string _text = new('x', spec.Characters);
    private readonly Latencies _latencies = new();

    internal static RpcBlockingEchoLoad Open(LoadSpec spec) => new(RpcClients.Open(spec)[0], spec);

    public Measurement Run(TimeSpan duration) => Loops.Run(duration, 1, _latencies, (_, loops) => Task.FromResult(Call(loops)));

    private long Call(Loops loops)
    {
        long calls = 0;
        var last = Stopwatch.GetTimestamp();
        for (; !loops.Stopped; calls++)
        {
            var echoed = client.Call<string>(spec.Method, [_text]);
            if (echoed.Length != _text.Length)
                throw new InvalidDataException($"{_text.Length} characters went out and {echoed.Length} came back.");
            var now = Stopwatch.GetTimestamp();
            _latencies.Add(now - last);
            last = now;
        }
        return calls;
    }
}
#endif
