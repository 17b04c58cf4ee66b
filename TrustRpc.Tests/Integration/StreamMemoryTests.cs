using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration;

/// <summary>What a long stream costs. Alone, because allocations are counted for the whole process.</summary>
[Collection(nameof(StreamMemoryTests))]
[CollectionDefinition(nameof(StreamMemoryTests), DisableParallelization = true)]
public class StreamMemoryTests
{
    private const int Count = 1_000_000;

    [Fact]
    public async Task A_million_items_cost_nothing_but_themselves()
    {
        await using RpcPair pair = await RpcPair.OpenAsync("unix plain");
        pair.Server.Services.Add("range", IEnumerable<int> (int count) => Enumerable.Range(0, count), stream: true);
        pair.Server.Services.Add("sum", async (IAsyncEnumerable<int> items) => await SumAsync(items));
        await MeasureAsync(10_000);

        (long sum, long allocated) = await MeasureAsync(Count);

        Assert.Equal(Count * (Count - 1L), sum);
        Assert.True(allocated < 3 * Count, $"{allocated / (double)Count} bytes were allocated per item.");

        async Task<(long Sum, long Allocated)> MeasureAsync(int count)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            long server = await SumAsync(pair.Client.StreamAsync<int>("range", [count]));
            long client = await pair.Client.CallAsync<long>("sum", [Range(count)]).InTime();
            return (server + client, GC.GetTotalAllocatedBytes(precise: true) - before);
        }
    }

    private static async IAsyncEnumerable<int> Range(int count)
    {
        for (int i = 0; i < count; i++)
            yield return i;
        await Task.CompletedTask;
    }

    private static async Task<long> SumAsync(IAsyncEnumerable<int> items)
    {
        long sum = 0;
        await foreach (int item in items)
            sum += item;
        return sum;
    }
}
