using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration;

/// <summary>What a long stream costs. Alone, because allocations are counted for the whole process.</summary>
[Collection(nameof(StreamMemoryTests))]
[CollectionDefinition(nameof(StreamMemoryTests), DisableParallelization = true)]
public class StreamMemoryTests
{
    private const int Count = 10_000_000;

    /// <summary>What the heap may be larger in the end than in the beginning: less than a bit per item.</summary>
    private const long Slack = 1024 * 1024;

    [Fact]
    public async Task Ten_million_items_each_way_cost_nothing_but_themselves_and_leave_memory_as_it_was()
    {
        await using RpcPair pair = await RpcPair.OpenAsync("unix plain");
        pair.Server.Services.Add("range", IEnumerable<int> (int count) => Enumerable.Range(0, count), stream: true);
        pair.Server.Services.Add("sum", async (IAsyncEnumerable<int> items) => await SumAsync(items));
        await MeasureAsync(10_000);

        (long sum, long allocated, List<long> heap) = await MeasureAsync(Count);

        Assert.Equal(Count * (Count - 1L), sum);
        Assert.True(allocated < 2L * Count, $"{allocated / (double)Count} bytes were allocated per item.");
        Assert.True(heap.Max() < heap[0] + Slack, $"The heap grew: {string.Join(", ", heap)}.");

        async Task<(long Sum, long Allocated, List<long> Heap)> MeasureAsync(int count)
        {
            List<long> heap = [GC.GetTotalMemory(forceFullCollection: true)];
            long before = GC.GetTotalAllocatedBytes(precise: true);
            long server = await SumAsync(Weighed(pair.Client.StreamAsync<int>("range", [count]), heap));
            long client = await pair.Client.CallAsync<long>("sum", [Weighed(Range(count), heap)], new RpcCallOptions { Timeout = Patience.Limit }).InTime();
            long allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
            heap.Add(GC.GetTotalMemory(forceFullCollection: true));
            return (server + client, allocated, heap);
        }
    }

    [Fact]
    public async Task An_item_that_is_an_object_costs_the_object_and_next_to_nothing_more()
    {
        const int count = 1_000_000;
        const int size = 104; // A string of 40 characters: header, length, text and end, in whole words.
        await using RpcPair pair = await RpcPair.OpenAsync("unix plain");
        string text = new('x', 40);
        pair.Server.Services.Add("texts", IEnumerable<string> (int count) => Enumerable.Repeat(text, count), stream: true);
        await MeasureAsync(10_000);

        (int received, long allocated) = await MeasureAsync(count);

        Assert.Equal(count, received);
        Assert.InRange(allocated / (double)count, size, size + 2);

        async Task<(int Received, long Allocated)> MeasureAsync(int wanted)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            int received = 0;
            await foreach (string item in pair.Client.StreamAsync<string>("texts", [wanted]))
                received += item.Length / text.Length;
            return (received, GC.GetTotalAllocatedBytes(precise: true) - before);
        }
    }

    // Ten times on the way.
    private static async IAsyncEnumerable<int> Weighed(IAsyncEnumerable<int> items, List<long> heap)
    {
        await foreach (int item in items)
        {
            if (item % (Count / 10) == 0)
                heap.Add(GC.GetTotalMemory(forceFullCollection: true));
            yield return item;
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
