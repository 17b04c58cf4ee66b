#if TRUSTRPC_API
using System.Diagnostics;
using TrustRpc.Benchmarks.Loads;

namespace TrustRpc.Benchmarks.Rpc;

/// <summary>How long an item is on its way to a consumer that waits for it, where its producer waits between items.</summary>
internal sealed class RpcPausedItemLoad(RpcClient client, LoadSpec spec) : ILoad
{
    private readonly Latencies _latencies = new();

    public Measurement Run(TimeSpan duration) => Loops.Run(duration, 1, _latencies, (_, loops) => TakeAsync(loops));

    private async Task<long> TakeAsync(Loops loops)
    {
        long count = 0;
        await foreach (var item in client.StreamAsync<string>(PausedTexts.Method, [spec.Characters]))
        {
            _latencies.Add(Stopwatch.GetTimestamp() - PausedTexts.MadeAt(item));
            count++;
            if (loops.Stopped)
                break;
        }
        return count;
    }
}
#endif
