using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration;

/// <summary>Sequences in results and arguments, and progress, over every transport.</summary>
public class StreamTests
{
    private readonly Sequences _made = new();

    public static TheoryData<string> Transports => TransportCase.All;

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_method_returns_a_sequence(string transport)
    {
        await using RpcPair pair = await StreamMethods.OpenAsync(_made, transport);

        foreach (int count in new[] { 0, 1, 255, 256, 257, 10_000 })
        {
            Assert.Equal(Enumerable.Range(0, count), await StreamMethods.ListAsync(pair.Client.StreamAsync<int>("count", [count])));
            Assert.Equal(Enumerable.Range(0, count), await StreamMethods.ListAsync(pair.Client.StreamAsync<int>("count", new { count })));
            Assert.Equal(Enumerable.Range(0, count), await Patience.OnOwnThread(() => pair.Client.Stream<int>("count", [count]).ToList()).InTime());
            Assert.Equal(Enumerable.Range(0, count), await StreamMethods.ListAsync(pair.Client.StreamAsync<int>("lazy", [count])));
            Assert.Equal(Enumerable.Range(0, count), await StreamMethods.ListAsync(await pair.Client.CallAsync<IAsyncEnumerable<int>>("later", [count]).InTime()));
        }

        Assert.Equal(24, _made.Ended);
        await StreamMethods.NothingIsLeftAsync(pair);
    }

    [Fact]
    public async Task Who_takes_a_stream_for_a_value_or_a_value_for_a_stream_is_told()
    {
        await using RpcPair pair = await StreamMethods.OpenAsync(_made, "in memory");

        RpcCallException value = await Assert.ThrowsAsync<RpcCallException>(async () => await pair.Client.CallAsync<int>("count", [3]).InTime());
        RpcCallException stream = await Assert.ThrowsAsync<RpcCallException>(() => StreamMethods.ListAsync(pair.Client.StreamAsync<int>("sum", [_made.Count(3)])));

        Assert.Contains("cannot be read as Int32: it has the form of a stream; if it is one, make the call with StreamAsync.", value.Message, StringComparison.Ordinal);
        Assert.EndsWith("cannot be read as IAsyncEnumerable<Int32>: it is no stream; make the call with CallAsync.", stream.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_method_takes_sequences(string transport)
    {
        await using RpcPair pair = await StreamMethods.OpenAsync(_made, transport);

        foreach (int count in new[] { 0, 1, 1000 })
        {
            Assert.Equal(count * (count - 1) / 2, await pair.Client.CallAsync<int>("sum", [_made.Count(count)]).InTime());
            Assert.Equal(count * (count - 1) / 2, await pair.Client.CallAsync<int>("sum", new { items = _made.Count(count) }).InTime());
            Assert.Equal(count * (count - 1) / 2, await Patience.OnOwnThread(() => pair.Client.Call<int>("sum", [_made.Count(count)])).InTime());
        }

        Assert.Equal(["0a", "1b"], await pair.Client.CallAsync<string[]>("zip", [_made.Count(5), Sequences.Of("a", "b")]).InTime());
        await _made.EndedAsync();
        await StreamMethods.NothingIsLeftAsync(pair);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_method_takes_a_sequence_and_returns_one(string transport)
    {
        await using RpcPair pair = await StreamMethods.OpenAsync(_made, transport);

        Assert.Equal(Enumerable.Range(0, 1000).Select(i => 2 * i), await StreamMethods.ListAsync(pair.Client.StreamAsync<int>("twice", [_made.Count(1000)])));
        Assert.Equal([0, 2, 4], (await StreamMethods.ListAsync(pair.Client.StreamAsync<int>("twice", [_made.CountAndWait(100)]), 3)));
        await _made.EndedAsync();
        await _made.EndedAsync();
        await StreamMethods.NothingIsLeftAsync(pair);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task The_server_streams_from_its_client_as_well(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport, client: options => options.Services.Add("count", _made.Count));

        Assert.Equal(Enumerable.Range(0, 1000), await StreamMethods.ListAsync(pair.ServerSide.StreamAsync<int>("count", [1000])));
        Assert.Equal(1, _made.Ended);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_proxy_streams(string transport)
    {
        await using RpcPair pair = await StreamMethods.OpenAsync(_made, transport);
        IStreams proxy = pair.Client.Proxy<IStreams>();

        Assert.Equal(Enumerable.Range(0, 300), await StreamMethods.ListAsync(proxy.CountAsync(300)));
        Assert.Equal(Enumerable.Range(0, 300), await Patience.OnOwnThread(() => proxy.Lazy(300).ToList()).InTime());
        Assert.Equal(3, await proxy.SumAsync(_made.Count(3)).InTime());
        Assert.Equal([0, 2, 4], await StreamMethods.ListAsync(proxy.Twice(_made.Count(3))));
        Assert.Equal([0, 1, 2], await StreamMethods.ListAsync(await proxy.LaterAsync(3).InTime()));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Progress_is_reported_in_order_and_before_the_result(string transport)
    {
        await using RpcPair pair = await StreamMethods.OpenAsync(_made, transport);
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
        await using RpcPair pair = await StreamMethods.OpenAsync(_made, "in memory");
        IAsyncEnumerable<int> stream = pair.Client.StreamAsync<int>("count", [3]);
        IEnumerable<int> blocking = pair.Client.Stream<int>("count", [3]);
        Assert.Equal(0, _made.Produced);

        Assert.Equal(3, (await StreamMethods.ListAsync(stream)).Count);
        Assert.Equal(3, (await Patience.OnOwnThread(blocking.ToList).InTime()).Count);

        Assert.Contains("enumerated once", Assert.Throws<InvalidOperationException>(() => stream.GetAsyncEnumerator()).Message, StringComparison.Ordinal);
        Assert.Contains("enumerated once", Assert.Throws<InvalidOperationException>(() => blocking.GetEnumerator()).Message, StringComparison.Ordinal);
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
