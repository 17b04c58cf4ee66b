#if TRUSTRPC_API
using System.Diagnostics;
using System.Threading.Channels;
using TrustRpc.Benchmarks.Loads;

namespace TrustRpc.Benchmarks.Rpc;

/// <summary>One item at a time, there and back: how long an item takes that somebody waits for.</summary>
internal sealed class RpcLoneItemLoad(RpcClient client, LoadSpec spec) : ILoad
{
    private readonly Latencies _latencies = new();

    public Measurement Run(TimeSpan duration) => Loops.Run(duration, 1, _latencies, (_, loops) => PingPongAsync(loops));

    private async Task<long> PingPongAsync(Loops loops)
    {
        var next = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { AllowSynchronousContinuations = true, SingleReader = true, SingleWriter = true });
        var text = new string('x', spec.Characters);
        next.Writer.TryWrite(text);
        long count = 0;
        var last = Stopwatch.GetTimestamp();
        await foreach (var item in client.StreamAsync<string>("echo_texts", [next.Reader.ReadAllAsync()]))
        {
            count += item.Length == spec.Characters ? 1 : throw new InvalidDataException("An item is not what was sent.");
            var now = Stopwatch.GetTimestamp();
            _latencies.Add(now - last);
            last = now;
            if (loops.Stopped)
                break;
            next.Writer.TryWrite(text);
        }
        return count;
    }
}
#endif
