using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration;

/// <summary>Sequences in results and arguments, over every transport: each ends its producer exactly once, however it ends.</summary>
public class StreamTests
{
    private readonly Sequences _made = new();

    public static TheoryData<string> Transports => TransportCase.All;

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_method_returns_a_sequence(string transport)
    {
        await using RpcPair pair = await OpenAsync(transport);

        foreach (int count in new[] { 0, 1, 255, 256, 257, 10_000 })
        {
            Assert.Equal(Enumerable.Range(0, count), await ListAsync(pair.Client.StreamAsync<int>("count", [count])));
            Assert.Equal(Enumerable.Range(0, count), await ListAsync(pair.Client.StreamAsync<int>("count", new { count })));
            Assert.Equal(Enumerable.Range(0, count), await Patience.OnOwnThread(() => pair.Client.Stream<int>("count", [count]).ToList()).InTime());
            Assert.Equal(Enumerable.Range(0, count), await ListAsync(pair.Client.StreamAsync<int>("lazy", [count])));
            Assert.Equal(Enumerable.Range(0, count), await ListAsync(await pair.Client.CallAsync<IAsyncEnumerable<int>>("later", [count]).InTime()));
        }

        Assert.Equal(24, _made.Ended);
        await NothingIsLeftAsync(pair);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_method_takes_sequences(string transport)
    {
        await using RpcPair pair = await OpenAsync(transport);

        foreach (int count in new[] { 0, 1, 1000 })
        {
            Assert.Equal(count * (count - 1) / 2, await pair.Client.CallAsync<int>("sum", [_made.Count(count)]).InTime());
            Assert.Equal(count * (count - 1) / 2, await pair.Client.CallAsync<int>("sum", new { items = _made.Count(count) }).InTime());
            Assert.Equal(count * (count - 1) / 2, await Patience.OnOwnThread(() => pair.Client.Call<int>("sum", [_made.Count(count)])).InTime());
        }

        Assert.Equal(["0a", "1b"], await pair.Client.CallAsync<string[]>("zip", [_made.Count(5), Sequences.Of("a", "b")]).InTime());
        await _made.EndedAsync();
        await NothingIsLeftAsync(pair);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_method_takes_a_sequence_and_returns_one(string transport)
    {
        await using RpcPair pair = await OpenAsync(transport);

        Assert.Equal(Enumerable.Range(0, 1000).Select(i => 2 * i), await ListAsync(pair.Client.StreamAsync<int>("twice", [_made.Count(1000)])));
        Assert.Equal([0, 2, 4], (await ListAsync(pair.Client.StreamAsync<int>("twice", [_made.CountAndWait(100)]), 3)));
        await _made.EndedAsync();
        await _made.EndedAsync();
        await NothingIsLeftAsync(pair);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task The_server_streams_from_its_client_as_well(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport, client: options => options.Services.Add("count", _made.Count));

        Assert.Equal(Enumerable.Range(0, 1000), await ListAsync(pair.ServerSide.StreamAsync<int>("count", [1000])));
        Assert.Equal(1, _made.Ended);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_proxy_streams(string transport)
    {
        await using RpcPair pair = await OpenAsync(transport);
        IStreams proxy = pair.Client.Proxy<IStreams>();

        Assert.Equal(Enumerable.Range(0, 300), await ListAsync(proxy.CountAsync(300)));
        Assert.Equal(Enumerable.Range(0, 300), await Patience.OnOwnThread(() => proxy.Lazy(300).ToList()).InTime());
        Assert.Equal(3, await proxy.SumAsync(_made.Count(3)).InTime());
        Assert.Equal([0, 2, 4], await ListAsync(proxy.Twice(_made.Count(3))));
        Assert.Equal([0, 1, 2], await ListAsync(await proxy.LaterAsync(3).InTime()));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Leaving_the_loop_ends_the_producer(string transport)
    {
        await using RpcPair pair = await OpenAsync(transport);

        Assert.Equal([0, 1, 2], await ListAsync(pair.Client.StreamAsync<int>("count", [1_000_000]), 3));
        await _made.EndedAsync();
        Assert.Equal([0], await ListAsync(pair.Client.StreamAsync<int>("countAndWait", [1]), 1));
        await _made.EndedAsync();
        Assert.True(_made.SawCancellation);
        Assert.Equal([0, 1], await Patience.OnOwnThread(() => pair.Client.Stream<int>("count", [1_000_000]).Take(2).ToList()).InTime());
        await _made.EndedAsync();

        Assert.Equal(3, _made.Ended);
        await Patience.UntilAsync(() => pair.ServerSide.Streams.Producers.Count == 0);
        Assert.Equal(3, await pair.Client.CallAsync<int>("Add", [1, 2]).InTime());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_method_that_leaves_the_loop_ends_its_callers_producer(string transport)
    {
        await using RpcPair pair = await OpenAsync(transport);

        Assert.Equal(0, await pair.Client.CallAsync<int>("first", [_made.CountAndWait(5)]).InTime());
        await _made.EndedAsync();

        Assert.Equal(1, _made.Ended);
        await NothingIsLeftAsync(pair);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Cancelling_ends_the_producer_and_gives_the_consumer_its_own_token_back(string transport)
    {
        await using RpcPair pair = await OpenAsync(transport);
        foreach (bool inLoop in new[] { true, false })
        {
            using CancellationTokenSource given = new();
            IAsyncEnumerable<int> stream = inLoop
                ? Cancellable(pair.Client.StreamAsync<int>("countAndWait", [2]), given.Token)
                : pair.Client.StreamAsync<int>("countAndWait", [2], given.Token);
            Task<List<int>> list = ListAsync(stream);
            await _made.WaitsAsync();
            Assert.False(list.IsCompleted);
            await given.CancelAsync();

            OperationCanceledException e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => list.InTime());
            Assert.Equal(given.Token, e.CancellationToken);
            await _made.EndedAsync();
        }

        using CancellationTokenSource blocked = new();
        Task<List<int>> blocking = Patience.OnOwnThread(() => pair.Client.Stream<int>("countAndWait", [2], blocked.Token).ToList());
        await _made.WaitsAsync();
        await blocked.CancelAsync();
        Assert.Equal(blocked.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => blocking.InTime())).CancellationToken);
        await _made.EndedAsync();

        Assert.Equal(3, _made.Ended);
        await Patience.UntilAsync(() => pair.ServerSide.Streams.Producers.Count == 0);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Cancelling_a_call_ends_the_sequence_that_it_was_given(string transport)
    {
        await using RpcPair pair = await OpenAsync(transport);
        using CancellationTokenSource given = new();
        Task<int> call = pair.Client.CallAsync<int>("sum", [_made.CountAndWait(2)], given.Token).AsTask();
        await _made.WaitsAsync();
        await given.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.InTime());
        await _made.EndedAsync();
        Assert.Equal(1, _made.Ended);
        await NothingIsLeftAsync(pair);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_producer_that_fails_tells_its_consumer_after_the_items(string transport)
    {
        await using RpcPair pair = await OpenAsync(transport);
        List<int> items = [];

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(async () =>
        {
            await foreach (int item in pair.Client.StreamAsync<int>("fail", [300]))
                items.Add(item);
        });
        RpcCallException crash = await Assert.ThrowsAsync<RpcCallException>(() => ListAsync(pair.Client.StreamAsync<int>("crash", [3])));

        Assert.Equal(Enumerable.Range(0, 300), items);
        Assert.Equal("on purpose", e.Message);
        Assert.Equal(RpcErrorCode.InternalError, crash.Code);
        Assert.NotNull(crash.ErrorId);
        Assert.DoesNotContain("hunter2", crash.Message, StringComparison.Ordinal);
        Assert.Equal(2, _made.Ended);
        await NothingIsLeftAsync(pair);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_method_that_fails_ends_its_callers_producer(string transport)
    {
        await using RpcPair pair = await OpenAsync(transport);

        Assert.Equal("enough", (await Assert.ThrowsAsync<RpcCallException>(() => pair.Client.CallAsync<int>("refuse", [_made.CountAndWait(5)]).InTime())).Message);
        await _made.EndedAsync();

        Assert.Equal(1, _made.Ended);
        await NothingIsLeftAsync(pair);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_consumer_that_fails_ends_the_producer(string transport)
    {
        await using RpcPair pair = await OpenAsync(transport);

        await Assert.ThrowsAsync<TimeZoneNotFoundException>(async () =>
        {
            await foreach (int _ in pair.Client.StreamAsync<int>("count", [1_000_000]))
                throw new TimeZoneNotFoundException();
        });

        await _made.EndedAsync();
        Assert.Equal(1, _made.Ended);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_lost_connection_breaks_the_streams_of_both_sides_and_says_so(string transport)
    {
        await using RpcPair pair = await OpenAsync(transport);
        Task<List<int>> list = ListAsync(pair.Client.StreamAsync<int>("countAndWait", [1]));
        Task<List<int>> blocking = Patience.OnOwnThread(() => pair.Client.Stream<int>("countAndWait", [1]).ToList());
        Task<int> sum = pair.Client.CallAsync<int>("sum", [_made.CountAndWait(1)]).AsTask();
        for (int i = 0; i < 3; i++)
            await _made.WaitsAsync();
        await using IAsyncEnumerator<int> idle = pair.Client.StreamAsync<int>("count", [1000]).GetAsyncEnumerator();
        Assert.True(await idle.MoveNextAsync().InTime());

        pair.ServerSide.Abort();

        Assert.StartsWith("The stream of 'countAndWait' broke", (await Assert.ThrowsAsync<RpcConnectionException>(() => list.InTime())).Message, StringComparison.Ordinal);
        Assert.StartsWith("The stream of 'countAndWait' broke", (await Assert.ThrowsAsync<RpcConnectionException>(() => blocking.InTime())).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<RpcConnectionException>(() => sum.InTime());
        RpcConnectionException e = await Assert.ThrowsAsync<RpcConnectionException>(async () =>
        {
            while (await idle.MoveNextAsync().InTime())
                continue;
        });
        Assert.StartsWith("The stream of 'count' broke", e.Message, StringComparison.Ordinal);
        for (int i = 0; i < 4; i++)
            await _made.EndedAsync();
        Assert.Equal(4, _made.Ended);
        await Patience.UntilAsync(() => pair.ServerSide.Streams.Producers.Count == 0);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_consumer_that_stops_reading_stops_its_producer_and_holds_up_nobody(string transport)
    {
        await using RpcPair pair = await OpenAsync(transport);
        await using IAsyncEnumerator<int> slow = pair.Client.StreamAsync<int>("count", [1_000_000]).GetAsyncEnumerator();
        Assert.True(await slow.MoveNextAsync().InTime());

        // The batch in hand, the next one, and the producer's read-ahead; a batch holds what was there.
        await Patience.UntilAsync(() => _made.Produced > 256);
        Assert.Equal(Enumerable.Range(0, 5000), await ListAsync(pair.Client.StreamAsync<int>("lazy", [5000])));
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
        await using RpcPair pair = await OpenAsync(transport);
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
        await using RpcPair pair = await OpenAsync(transport);

        List<int>[] lists = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(() => i % 2 == 0
            ? ListAsync(pair.Client.StreamAsync<int>("count", [1000]))
            : ListAsync(pair.Client.StreamAsync<int>("twice", [_made.Count(1000)]))))).InTime();

        Assert.All(lists, list => Assert.Equal(1000, list.Count));
        Assert.Equal(100, _made.Ended);
        await NothingIsLeftAsync(pair);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_sequence_that_is_being_read_has_the_drain_time_of_a_side_that_stops(string transport)
    {
        await using RpcPair pair = await OpenAsync(transport);
        TaskCompletionSource goOn = new();
        pair.Server.Services.Add("running", () => OneThenAnother(goOn.Task));
        await using IAsyncEnumerator<int> items = pair.Client.StreamAsync<int>("running").GetAsyncEnumerator();
        Assert.True(await items.MoveNextAsync().InTime());

        Task stop = pair.Server.StopAsync(Patience.Limit);
        await pair.ServerSide.NoMoreCalls.InTime();
        await pair.ServerSide.PingAsync().InTime();
        await pair.ServerSide.PingAsync().InTime();
        goOn.SetResult();

        Assert.True(await items.MoveNextAsync().InTime());
        Assert.Equal(2, items.Current);
        Assert.False(await items.MoveNextAsync().InTime());
        await stop.InTime();
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Progress_is_reported_in_order_and_before_the_result(string transport)
    {
        await using RpcPair pair = await OpenAsync(transport);
        pair.Server.Services.Add("work", async (IProgress<int> progress, int steps) =>
        {
            for (int i = 0; i < steps; i++)
            {
                progress.Report(i);
                if (i % 10 == 0) await Task.Yield();
            }

            return steps;
        });
        Heard heard = new();

        Assert.Equal(500, await pair.Client.CallAsync<int>("work", [heard, 500]).InTime());
        Assert.Equal(Enumerable.Range(0, 500), heard.Reports);
        heard.Reports.Clear();
        Assert.Equal(5, await Patience.OnOwnThread(() => pair.Client.Call<int>("work", [heard, 5])).InTime());
        Assert.Equal(Enumerable.Range(0, 5), heard.Reports);
        Assert.Equal(5, await pair.Client.CallAsync<int>("work", [null, 5]).InTime());
    }

    [Fact]
    public async Task A_stream_is_enumerated_once_and_calls_nobody_before()
    {
        await using RpcPair pair = await OpenAsync("in memory");
        IAsyncEnumerable<int> stream = pair.Client.StreamAsync<int>("count", [3]);
        IEnumerable<int> blocking = pair.Client.Stream<int>("count", [3]);
        Assert.Equal(0, _made.Produced);

        Assert.Equal(3, (await ListAsync(stream)).Count);
        Assert.Equal(3, (await Patience.OnOwnThread(blocking.ToList).InTime()).Count);

        Assert.Contains("enumerated once", Assert.Throws<InvalidOperationException>(() => stream.GetAsyncEnumerator()).Message, StringComparison.Ordinal);
        Assert.Contains("enumerated once", Assert.Throws<InvalidOperationException>(() => blocking.GetEnumerator()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_options_say_how_much_streams_may_hold()
    {
        await using RpcPair pair = await OpenAsync("in memory", options =>
        {
            options.MaxStreamsPerConnection = 1;
            options.StreamReadAhead = 10;
        });
        await using IAsyncEnumerator<int> first = pair.Client.StreamAsync<int>("count", [1000]).GetAsyncEnumerator();
        Assert.True(await first.MoveNextAsync().InTime());
        await Patience.UntilAsync(() => _made.Produced > 10);

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => ListAsync(pair.Client.StreamAsync<int>("count", [1000])));
        Assert.Equal(RpcErrorCode.ResourceExhausted, e.Code);
        Assert.InRange(_made.Produced, 11, 30);
    }

    [Fact]
    public async Task An_item_that_does_not_come_in_time_is_an_error_and_the_whole_may_take_as_long_as_it_likes()
    {
        ManualTimeProvider time = new();
        TaskCompletionSource[] gates = [.. Enumerable.Range(0, 3).Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))];
        await using RpcPair pair = await OpenAsync("in memory", options => options.TimeProvider = time, options => options.TimeProvider = time);
        pair.Server.Services.Add("gated", () => Gated(gates));
        await using IAsyncEnumerator<int> items = pair.Client
            .StreamAsync<int>("gated", [], new RpcCallOptions { Timeout = TimeSpan.FromSeconds(10) }).GetAsyncEnumerator();

        for (int i = 0; i < 2; i++)
        {
            Task<bool> move = items.MoveNextAsync().AsTask();
            await pair.Client.CallAsync<int>("Add", [1, 2]).InTime();
            time.Advance(TimeSpan.FromSeconds(9));
            gates[i].SetResult();
            Assert.True(await move.InTime());
        }

        Task<bool> last = items.MoveNextAsync().AsTask();
        await pair.Client.CallAsync<int>("Add", [1, 2]).InTime();
        time.Advance(TimeSpan.FromSeconds(11));
        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => last.InTime());
        Assert.Equal(RpcErrorCode.DeadlineExceeded, e.Code);
        Assert.IsType<TimeoutException>(e.InnerException);
        gates[2].SetResult();
    }

    private async Task<RpcPair> OpenAsync(string transport, Action<RpcServerOptions>? server = null, Action<RpcClientOptions>? client = null)
    {
        RpcPair pair = await RpcPair.OpenAsync(transport, server, client);
        RpcServices services = pair.Server.Services;
        services.Add("count", _made.Count);
        services.Add("lazy", IEnumerable<int> (int count) => Enumerable.Range(0, count), stream: true);
        services.Add("later", async Task<IAsyncEnumerable<int>> (int count) =>
        {
            await Task.Yield();
            return _made.Count(count);
        });
        services.Add("countAndWait", (int count, CancellationToken token) => _made.CountAndWait(count, token));
        services.Add("fail", (int count) => _made.CountAndFail(count, new RpcException("on purpose")));
        services.Add("crash", (int count) => _made.CountAndFail(count, new InvalidOperationException("the password is hunter2")));
        services.Add("sum", (IAsyncEnumerable<int> items) => SumAsync(items));
        services.Add("zip", async (IAsyncEnumerable<int> numbers, IAsyncEnumerable<string> texts) =>
        {
            List<string> both = [];
            await using IAsyncEnumerator<string> text = texts.GetAsyncEnumerator();
            await foreach (int number in numbers)
            {
                if (!await text.MoveNextAsync()) break;
                both.Add($"{number}{text.Current}");
            }

            return both;
        });
        services.Add("first", async (IAsyncEnumerable<int> items) =>
        {
            await foreach (int item in items)
                return item;
            return -1;
        });
        services.Add("refuse", async Task<int> (IAsyncEnumerable<int> items) =>
        {
            await foreach (int _ in items)
                throw new RpcException("enough");
            return 0;
        });
        services.Add("twice", (IAsyncEnumerable<int> items) => Twice(items));
        return pair;
    }

    private static async Task NothingIsLeftAsync(RpcPair pair)
    {
        await Patience.UntilAsync(() => pair.ServerSide.Streams.Producers.Count == 0);
        if (pair.Client is RpcConnection client) await Patience.UntilAsync(() => client.Streams.Producers.Count == 0);
    }

    private static async IAsyncEnumerable<int> OneThenAnother(Task goOn)
    {
        yield return 1;
        await goOn;
        yield return 2;
    }

    private static async Task<int> SumAsync(IAsyncEnumerable<int> items)
    {
        int sum = 0;
        await foreach (int item in items)
            sum += item;
        return sum;
    }

    private static async IAsyncEnumerable<int> Twice(IAsyncEnumerable<int> items)
    {
        await foreach (int item in items)
            yield return 2 * item;
    }

    private static async IAsyncEnumerable<int> Gated(TaskCompletionSource[] gates)
    {
        for (int i = 0; i < gates.Length; i++)
        {
            await gates[i].Task;
            yield return i;
        }
    }

    private static async IAsyncEnumerable<int> Cancellable(
        IAsyncEnumerable<int> items, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (int item in items.WithCancellation(cancellationToken))
            yield return item;
    }

    private static async Task<List<int>> ListAsync(IAsyncEnumerable<int> items, int most = int.MaxValue)
    {
        return await Core().InTime();

        async Task<List<int>> Core()
        {
            List<int> list = [];
            await foreach (int item in items)
            {
                list.Add(item);
                if (list.Count == most) break;
            }

            return list;
        }
    }

    internal interface IStreams
    {
        [RpcMethod("count")]
        IAsyncEnumerable<int> CountAsync(int count, CancellationToken cancellationToken = default);

        [RpcMethod("lazy", Stream = true)]
        IEnumerable<int> Lazy(int count);

        [RpcMethod("sum")]
        Task<int> SumAsync(IAsyncEnumerable<int> items);

        [RpcMethod("twice")]
        IAsyncEnumerable<int> Twice(IAsyncEnumerable<int> items);

        [RpcMethod("later")]
        Task<IAsyncEnumerable<int>> LaterAsync(int count);
    }

    private sealed class Heard : IProgress<int>
    {
        public List<int> Reports { get; } = [];

        public void Report(int value) => Reports.Add(value);
    }
}
