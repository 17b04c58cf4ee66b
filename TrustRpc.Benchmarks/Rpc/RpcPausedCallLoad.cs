#if TRUSTRPC_API
using System.Diagnostics;
using TrustRpc.Benchmarks.Loads;

namespace TrustRpc.Benchmarks.Rpc;

/// <summary>How long a call takes there and back, or there alone, where its caller waits between calls.</summary>
internal sealed class RpcPausedCallLoad(RpcClient client, LoadSpec spec) : ILoad
{
    private readonly Latencies _latencies = new();

    public Measurement Run(TimeSpan duration) => Loops.Run(duration, 1, _latencies, (_, loops) => CallAsync(loops));

    private async Task<long> CallAsync(Loops loops)
    {
        var text = new string('x', spec.Characters);
        long calls = 0;
        for (; !loops.Stopped; calls++)
        {
            await Task.Delay(PausedTexts.Pause);
            var start = Stopwatch.GetTimestamp();
            var answer = await client.CallAsync<string>(PausedTexts.OneMethod, [text]);
            _latencies.Add((spec.Kind == LoadKind.PausedCallThere ? PausedTexts.MadeAt(answer) : Stopwatch.GetTimestamp()) - start);
        }
        return calls;
    }
}
#endif
