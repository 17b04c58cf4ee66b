using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration;

/// <summary>Streams beside each other and beside calls on one connection: none holds up another, and each holds a little.</summary>
public class StreamSharingTests
{
    private readonly Sequences _made = new();

    public static TheoryData<string> Transports => TransportCase.All;

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_consumer_that_stops_reading_stops_its_producer_and_holds_up_nobody(string transport)
    {
        await using RpcPair pair = await StreamMethods.OpenAsync(_made, transport);
        await using IAsyncEnumerator<int> slow = pair.Client.StreamAsync<int>("count", [1_000_000]).GetAsyncEnumerator();
        Assert.True(await slow.MoveNextAsync().InTime());

        // The batch in hand, the next one, and the producer's read-ahead; a batch holds what was there.
        await Patience.UntilAsync(() => _made.Produced > 256);
        Assert.Equal(Enumerable.Range(0, 5000), await StreamMethods.ListAsync(pair.Client.StreamAsync<int>("lazy", [5000])));
        for (int i = 0; i < 100; i++)
            Assert.Equal(i + 1, await pair.Client.CallAsync<int>("Add", [i, 1]).InTime());
        Assert.InRange(_made.Produced, 257, 3 * 256);

        int next = 1;
        while (next < 2000 && await slow.MoveNextAsync().InTime())
            Assert.Equal(next++, slow.Current);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_slow_producer_that_blocks_its_thread_holds_up_nobody(string transport)
    {
        using SemaphoreSlim gate = new(0);
        await using RpcPair pair = await StreamMethods.OpenAsync(_made, transport);
        pair.Server.Services.Add("block", IEnumerable<int> () => _made.CountAndBlock(3, gate), stream: true);
        await using IAsyncEnumerator<int> slow = pair.Client.StreamAsync<int>("block").GetAsyncEnumerator();

        for (int i = 0; i < 3; i++)
        {
            Assert.True(await slow.MoveNextAsync().InTime());
            Assert.Equal(i, slow.Current);
            Assert.Equal(3, await pair.Client.CallAsync<int>("Add", [1, 2]).InTime());
            gate.Release();
        }

        Assert.False(await slow.MoveNextAsync().InTime());
        Assert.Equal(1, _made.Ended);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Many_streams_share_a_connection(string transport)
    {
        await using RpcPair pair = await StreamMethods.OpenAsync(_made, transport);

        List<int>[] lists = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(() => i % 2 == 0
            ? StreamMethods.ListAsync(pair.Client.StreamAsync<int>("count", [1000]))
            : StreamMethods.ListAsync(pair.Client.StreamAsync<int>("twice", [_made.Count(1000)]))))).InTime();

        Assert.All(lists, list => Assert.Equal(1000, list.Count));
        Assert.Equal(100, _made.Ended);
        await StreamMethods.NothingIsLeftAsync(pair);
    }

    [Fact]
    public async Task The_options_say_how_much_streams_may_hold()
    {
        await using RpcPair pair = await StreamMethods.OpenAsync(_made, "in memory", options =>
        {
            options.MaxStreamsPerConnection = 1;
            options.StreamReadAhead = 10;
        });
        await using IAsyncEnumerator<int> first = pair.Client.StreamAsync<int>("count", [1000]).GetAsyncEnumerator();
        Assert.True(await first.MoveNextAsync().InTime());
        await Patience.UntilAsync(() => _made.Produced > 10);

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => StreamMethods.ListAsync(pair.Client.StreamAsync<int>("count", [1000])));
        Assert.Equal(RpcErrorCode.ResourceExhausted, e.Code);
        Assert.InRange(_made.Produced, 11, 30);
    }

    [Theory]
    [InlineData("unix plain")]
    [InlineData("tcp sealed, aes256-gcm")]
    public async Task Nothing_of_a_stream_whose_consumer_is_slow_stands_in_the_way_of_calls(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);
        string large = new('x', 10_000);
        int made = 0;
        IEnumerable<string> Many()
        {
            while (true)
            {
                Interlocked.Increment(ref made);
                yield return large;
            }
        }

        pair.Server.Services.Add("many", Many, stream: true);
        await using IAsyncEnumerator<string> slow = pair.Client.StreamAsync<string>("many").GetAsyncEnumerator();
        int calls = 0;
        for (int taken = 1; taken <= 100; taken++)
        {
            Assert.True(await slow.MoveNextAsync().InTime());
            for (int i = 0; i < 20; i++, calls++)
                Assert.Equal(calls + 1, await pair.Client.CallAsync<int>("Add", [calls, 1]).InTime());

            // The batch in hand, the next, the read-ahead and the one item too many for it: 64 KiB each, and no more whatever the calls bring about.
            Assert.InRange(Volatile.Read(ref made), taken, taken + (3 * 7));
        }

        await pair.ServerSide.PingAsync().InTime();
        await Patience.UntilAsync(() => pair.ServerSide.Residue.Unsent == 0);
        Assert.Equal(2000, calls);
    }

    [Fact]
    public async Task A_hundred_streams_share_a_connection_fairly()
    {
        const int streams = 100;
        const int items = 2_000_000;
        await using RpcPair pair = await RpcPair.OpenAsync("unix plain");
        pair.Server.Services.Add("numbers", IEnumerable<int> () => Enumerable.Range(0, int.MaxValue), stream: true);
        using CountdownEvent begun = new(streams);
        TaskCompletionSource start = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int[] taken = new int[streams];
        int[]? shares = null;
        int total = 0;

        Task[] consumers = [.. Enumerable.Range(0, streams).Select(ConsumeAsync)];
        Assert.True(await Patience.OnOwnThread(() => begun.Wait(Patience.Limit)));
        start.SetResult();
        await Task.WhenAll(consumers).InTime();

        Assert.True(shares!.Min() >= 0.5 * shares!.Average(), $"{shares!.Min()} to {shares!.Max()} items, {shares!.Average()} on average.");

        async Task ConsumeAsync(int stream)
        {
            await foreach (int item in pair.Client.StreamAsync<int>("numbers"))
            {
                if (item == 0)
                {
                    begun.Signal();
                    await start.Task;
                }

                taken[stream]++;
                if (Interlocked.Increment(ref total) == items)
                    Volatile.Write(ref shares, [.. taken]);
                if (Volatile.Read(ref shares) is not null) break;
            }
        }
    }
}
