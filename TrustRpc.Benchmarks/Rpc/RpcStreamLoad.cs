#if TRUSTRPC_API
using TrustRpc.Benchmarks.Loads;

namespace TrustRpc.Benchmarks.Rpc;

/// <summary>One long stream, of which every item is looked at where it arrives.</summary>
internal sealed class RpcStreamLoad<T>(RpcClient client, LoadSpec spec, Func<Func<bool>, IAsyncEnumerable<T>> make, Predicate<T> isRight) : ILoad
{
    public Measurement Run(TimeSpan duration) => Loops.Run(duration, 1, null, (_, loops) => spec.Kind switch
    {
        LoadKind.ServerStream => TakeAsync(client.StreamAsync<T>(spec.Method, [spec.Characters]), loops),
        LoadKind.ClientStream => client.CallAsync<long>("take_" + spec.Method, [make(() => loops.Stopped)], new RpcCallOptions { Timeout = Timeout.InfiniteTimeSpan }).AsTask(),
        LoadKind.DuplexStream => TakeAsync(client.StreamAsync<T>("echo_" + spec.Method, [make(() => false)]), loops),
        _ => throw new NotSupportedException(),
    });

    private async Task<long> TakeAsync(IAsyncEnumerable<T> items, Loops loops)
    {
        long count = 0;
        await foreach (var item in items)
        {
            if (!isRight(item))
                throw new InvalidDataException("An item is not what was sent.");
            count++;
            if (loops.Stopped)
                break;
        }
        return count;
    }
}
#endif
