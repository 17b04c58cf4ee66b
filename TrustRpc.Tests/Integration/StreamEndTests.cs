using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration;

/// <summary>However a sequence ends, over every transport: its producer ends exactly once, and its consumer is told why.</summary>
public class StreamEndTests
{
    private readonly Sequences _made = new();

    /// <summary>Two of its properties want one name.</summary>
    public sealed record Clashing(int Value, [property: JsonPropertyName("value")] int Other)
    {
        public static async IAsyncEnumerable<Clashing> None()
        {
            await Task.Yield();
            yield break;
        }
    }

    public sealed record Two(IAsyncEnumerable<int> First, IAsyncEnumerable<int> Second);

    public static TheoryData<string> Transports => TransportCase.All;

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Leaving_the_loop_ends_the_producer(string transport)
    {
        await using RpcPair pair = await StreamMethods.OpenAsync(_made, transport);

        Assert.Equal([0, 1, 2], await StreamMethods.ListAsync(pair.Client.StreamAsync<int>("count", [1_000_000]), 3));
        await _made.EndedAsync();
        Assert.Equal([0], await StreamMethods.ListAsync(pair.Client.StreamAsync<int>("countAndWait", [1]), 1));
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
        await using RpcPair pair = await StreamMethods.OpenAsync(_made, transport);

        Assert.Equal(0, await pair.Client.CallAsync<int>("first", [_made.CountAndWait(5)]).InTime());
        await _made.EndedAsync();

        Assert.Equal(1, _made.Ended);
        await StreamMethods.NothingIsLeftAsync(pair);
    }

    [Fact]
    public async Task Of_two_sequences_in_one_result_either_goes_on_when_the_other_is_left_and_the_methods_token_fires_with_the_last()
    {
        CancellationToken ofMethod = default;
        await using RpcPair pair = await RpcPair.OpenAsync("in memory");
        pair.Server.Services.Add("two", Two (CancellationToken token) =>
        {
            ofMethod = token;
            return new Two(CountUntil(token), CountUntil(token));
        });

        Two two = await pair.Client.CallAsync<Two>("two").InTime();
        Assert.Equal([0], await StreamMethods.ListAsync(two.First, 1));
        await Patience.UntilAsync(() => pair.ServerSide.Streams.Producers.Count == 1);

        Assert.Equal(Enumerable.Range(0, 1000), await StreamMethods.ListAsync(two.Second, 1000));
        await Patience.UntilAsync(() => ofMethod.IsCancellationRequested);
        await StreamMethods.NothingIsLeftAsync(pair);

        static async IAsyncEnumerable<int> CountUntil([EnumeratorCancellation] CancellationToken token)
        {
            for (int i = 0; ; i++)
            {
                await Task.Yield();
                token.ThrowIfCancellationRequested();
                yield return i;
            }
        }
    }

    [Fact]
    public async Task A_sequence_whose_items_no_JSON_is_made_of_fails_its_call_and_frees_its_place()
    {
        await using RpcPair pair = await RpcPair.OpenAsync("in memory", server => server.MaxCallsPerConnection = 1);
        pair.Server.Services.Add("clashing", async () =>
        {
            await Task.Yield();
            return Clashing.None();
        });

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => pair.Client.StreamAsync<object>("clashing").CountAsync().InTime());

        Assert.Equal(RpcErrorCode.InternalError, e.Code);
        await StreamMethods.NothingIsLeftAsync(pair);
        Assert.Equal(3, await pair.Client.CallAsync<int>("Add", [1, 2]).InTime());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Cancelling_ends_the_producer_and_gives_the_consumer_its_own_token_back(string transport)
    {
        await using RpcPair pair = await StreamMethods.OpenAsync(_made, transport);
        foreach (bool inLoop in new[] { true, false })
        {
            using CancellationTokenSource given = new();
            IAsyncEnumerable<int> stream = inLoop
                ? Cancellable(pair.Client.StreamAsync<int>("countAndWait", [2]), given.Token)
                : pair.Client.StreamAsync<int>("countAndWait", [2], given.Token);
            Task<List<int>> list = StreamMethods.ListAsync(stream);
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
        await using RpcPair pair = await StreamMethods.OpenAsync(_made, transport);
        using CancellationTokenSource given = new();
        Task<int> call = pair.Client.CallAsync<int>("sum", [_made.CountAndWait(2)], given.Token).AsTask();
        await _made.WaitsAsync();
        await given.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.InTime());
        await _made.EndedAsync();
        Assert.Equal(1, _made.Ended);
        await StreamMethods.NothingIsLeftAsync(pair);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_producer_that_fails_tells_its_consumer_after_the_items(string transport)
    {
        await using RpcPair pair = await StreamMethods.OpenAsync(_made, transport);
        List<int> items = [];

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(async () =>
        {
            await foreach (int item in pair.Client.StreamAsync<int>("fail", [300]))
                items.Add(item);
        });
        RpcCallException crash = await Assert.ThrowsAsync<RpcCallException>(() => StreamMethods.ListAsync(pair.Client.StreamAsync<int>("crash", [3])));

        Assert.Equal(Enumerable.Range(0, 300), items);
        Assert.Equal("on purpose", e.Message);
        Assert.Equal(RpcErrorCode.InternalError, crash.Code);
        Assert.NotNull(crash.ErrorId);
        Assert.DoesNotContain("hunter2", crash.Message, StringComparison.Ordinal);
        Assert.Equal(2, _made.Ended);
        await StreamMethods.NothingIsLeftAsync(pair);
    }

    [Theory]
    [InlineData("sum")]
    [InlineData("twice")]
    public async Task A_callers_own_sequence_that_fails_ends_the_call_with_its_own_words(string method)
    {
        await using RpcPair pair = await StreamMethods.OpenAsync(_made, "in memory");
        ConcurrentQueue<string> unexpected = [];
        pair.Server.Error += (_, e) => unexpected.Enqueue(e.Message);

        RpcCallException told = await FailAsync(new RpcException(RpcErrorCode.NotFound, "There is no more."));
        Assert.Equal((RpcErrorCode.NotFound, $"'{method}' was given a sequence that failed: There is no more."), (told.Code, told.Message));
        RpcCallException crash = await FailAsync(new InvalidOperationException("the password is hunter2"));
        Assert.Equal((RpcErrorCode.InternalError, $"'{method}' was given a sequence that failed unexpectedly; the caller's log says why under error id {crash.ErrorId}."), (crash.Code, crash.Message));
        RpcCallException notExecuted = await FailAsync(new RpcException(RpcErrorCode.Unavailable, "later"));
        Assert.Equal(RpcErrorCode.ApplicationError, notExecuted.Code);

        Assert.Empty(unexpected);
        Assert.Equal(3, _made.Ended);
        await StreamMethods.NothingIsLeftAsync(pair);

        Task<RpcCallException> FailAsync(Exception error)
            => Assert.ThrowsAsync<RpcCallException>(() => method == "sum"
                ? pair.Client.CallAsync<int>(method, [_made.CountAndFail(3, error)]).AsTask().InTime()
                : StreamMethods.ListAsync(pair.Client.StreamAsync<int>(method, [_made.CountAndFail(3, error)])));
    }

    [Fact]
    public async Task A_call_whose_callers_sequence_breaks_with_the_connection_has_not_failed_unexpectedly()
    {
        await using RpcPair pair = await StreamMethods.OpenAsync(_made, "in memory");
        ConcurrentQueue<string> unexpected = [];
        TaskCompletionSource<RpcErrorCode> completed = new();
        pair.Server.Error += (_, e) => unexpected.Enqueue(e.Message);
        pair.Server.CallCompleted += (_, e) => completed.TrySetResult(e.Code);
        Task<int> call = pair.Client.CallAsync<int>("sum", [_made.CountAndWait(2)]).AsTask();
        await _made.WaitsAsync();

        ((RpcClient)pair.Client).Connection.Abort();

        await Assert.ThrowsAsync<RpcConnectionException>(() => call.InTime());
        Assert.Equal(RpcErrorCode.Cancelled, await completed.Task.InTime());
        Assert.Empty(unexpected);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_method_that_fails_ends_its_callers_producer(string transport)
    {
        await using RpcPair pair = await StreamMethods.OpenAsync(_made, transport);

        Assert.Equal("enough", (await Assert.ThrowsAsync<RpcCallException>(() => pair.Client.CallAsync<int>("refuse", [_made.CountAndWait(5)]).InTime())).Message);
        await _made.EndedAsync();

        Assert.Equal(1, _made.Ended);
        await StreamMethods.NothingIsLeftAsync(pair);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_consumer_that_fails_ends_the_producer(string transport)
    {
        await using RpcPair pair = await StreamMethods.OpenAsync(_made, transport);

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
        await using RpcPair pair = await StreamMethods.OpenAsync(_made, transport);
        Task<List<int>> list = StreamMethods.ListAsync(pair.Client.StreamAsync<int>("countAndWait", [1]));
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
    public async Task A_sequence_that_is_being_read_has_the_drain_time_of_a_side_that_stops(string transport)
    {
        await using RpcPair pair = await StreamMethods.OpenAsync(_made, transport);
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

    private static async IAsyncEnumerable<int> OneThenAnother(Task goOn)
    {
        yield return 1;
        await goOn;
        yield return 2;
    }

    private static async IAsyncEnumerable<int> Cancellable(
        IAsyncEnumerable<int> items, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (int item in items.WithCancellation(cancellationToken))
            yield return item;
    }
}
