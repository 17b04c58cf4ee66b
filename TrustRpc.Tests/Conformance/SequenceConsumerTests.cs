using System.Text.Json;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Conformance;

/// <summary>Section 6, this side as the consumer and a raw peer as the producer.</summary>
public sealed class SequenceConsumerTests
{
    [Fact]
    public async Task The_next_batch_is_asked_for_when_one_arrives_and_at_most_two_are_held()
    {
        await using RawConversation talk = RawConversation.Start(new());
        await using IAsyncEnumerator<int> items = await BeginAsync(talk, """{"token":5,"values":[1,2]}""");
        Assert.Equal(5, await NextAsync(talk));
        await AnswerAsync(talk, 2, """{"values":[3],"finished":false}""");
        await AssertNothingAskedAsync(talk);

        Assert.True(await items.MoveNextAsync().InTime());
        Assert.True(await items.MoveNextAsync().InTime());
        await AssertNothingAskedAsync(talk);
        Assert.True(await items.MoveNextAsync().InTime());
        Assert.Equal(3, items.Current);
        Assert.Equal(5, await NextAsync(talk));

        await AnswerAsync(talk, 3, """{"values":[4],"finished":true}""");
        Assert.True(await items.MoveNextAsync().InTime());
        Assert.Equal(4, items.Current);
        Assert.False(await items.MoveNextAsync().InTime());
        Assert.False(await items.MoveNextAsync().InTime());
    }

    [Theory]
    [InlineData("""{"values":[1,2]}""")]
    [InlineData("""{"token":null,"values":[1,2]}""")]
    [InlineData("""{"values":[1,2],"more":{"values":[3]}}""")]
    public async Task A_sequence_without_a_token_is_complete(string result)
    {
        await using RawConversation talk = RawConversation.Start(new());
        await using IAsyncEnumerator<int> items = await BeginAsync(talk, result);

        Assert.Equal([1, 2], await RestAsync(items));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"values":null}""")]
    [InlineData("""{"values":[]}""")]
    public async Task Absent_values_are_none(string result)
    {
        await using RawConversation talk = RawConversation.Start(new());
        await using IAsyncEnumerator<int> items = await BeginAsync(talk, result);

        Assert.Empty(await RestAsync(items));
    }

    [Fact]
    public async Task Absent_finished_is_false_and_members_come_in_any_order()
    {
        await using RawConversation talk = RawConversation.Start(new());
        await using IAsyncEnumerator<int> items = await BeginAsync(talk, """{"values":[1],"token":9}""");
        await NextAsync(talk);
        Task<List<int>> rest = RestAsync(items);
        await AnswerAsync(talk, 2, """{"values":[2]}""");
        await NextAsync(talk);
        await AnswerAsync(talk, 3, """{"finished":true,"values":[3]}""");

        Assert.Equal([1, 2, 3], await rest.InTime());
    }

    [Fact]
    public async Task An_item_that_looks_like_the_end_of_a_batch_is_an_item()
    {
        await using RawConversation talk = RawConversation.Start(new());
        ValueTask<IAsyncEnumerable<JsonElement>> call = talk.Connection.CallAsync<IAsyncEnumerable<JsonElement>>("make");
        await talk.Peer.ReceiveAsync();
        await AnswerAsync(talk, 1, """{"token":1}""");
        await using IAsyncEnumerator<JsonElement> items = (await call.InTime()).GetAsyncEnumerator();
        await NextAsync(talk);
        await AnswerAsync(talk, 2, """{"finished":true,"values":[{"a":1,"finished":false}]}""");

        Assert.True(await items.MoveNextAsync().InTime());
        Assert.False(await items.MoveNextAsync().InTime());
    }

    [Theory]
    [InlineData("""{"finished":false}""")]
    [InlineData("{}")]
    [InlineData("""{"values":[],"finished":false}""")]
    [InlineData("[]")]
    [InlineData("""{"values":{}}""")]
    [InlineData("""{"values":["text"]}""")]
    [InlineData("""{"values":[1],"finished":1}""")]
    public async Task An_answer_that_is_none_is_an_error_and_aborts_the_sequence(string answer)
    {
        await using RawConversation talk = RawConversation.Start(new());
        await using IAsyncEnumerator<int> items = await BeginAsync(talk, """{"token":3}""");
        Assert.Equal(3, await NextAsync(talk));
        await AnswerAsync(talk, 2, answer);

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => items.MoveNextAsync().InTime());
        Assert.StartsWith("The items of 'make' cannot be read", e.Message, StringComparison.Ordinal);
        await ExpectAbortAsync(talk, 3, mayAskBefore: true);
    }

    [Theory]
    [InlineData("7")]
    [InlineData("[1]")]
    [InlineData("""{"token":"x"}""")]
    [InlineData("""{"token":1,"token":2}""")]
    [InlineData("""{"values":7}""")]
    public async Task A_result_that_is_no_sequence_is_an_error_of_the_call(string result)
    {
        await using RawConversation talk = RawConversation.Start(new());
        ValueTask<IAsyncEnumerable<int>> call = talk.Connection.CallAsync<IAsyncEnumerable<int>>("make");
        await talk.Peer.ReceiveAsync();
        await AnswerAsync(talk, 1, result);

        Assert.Equal(RpcErrorCode.ResultNotSendable, (await Assert.ThrowsAsync<RpcCallException>(() => call.InTime())).Code);
    }

    [Fact]
    public async Task A_sequence_whose_first_items_cannot_be_read_is_aborted()
    {
        await using RawConversation talk = RawConversation.Start(new());
        ValueTask<IAsyncEnumerable<int>> call = talk.Connection.CallAsync<IAsyncEnumerable<int>>("make");
        await talk.Peer.ReceiveAsync();
        await AnswerAsync(talk, 1, """{"token":4,"values":["text"]}""");

        await Assert.ThrowsAsync<RpcCallException>(() => call.InTime());
        await ExpectAbortAsync(talk, 4);
    }

    [Fact]
    public async Task Leaving_the_enumeration_aborts_it_once()
    {
        await using RawConversation talk = RawConversation.Start(new());
        IAsyncEnumerator<int> items = await BeginAsync(talk, """{"token":5,"values":[1,2]}""");
        await NextAsync(talk);
        Assert.True(await items.MoveNextAsync().InTime());
        await items.DisposeAsync();
        await items.DisposeAsync();

        await ExpectAbortAsync(talk, 5);
        await talk.Peer.SendAsync("""{"jsonrpc":"2.0","id":2,"error":{"code":-32800,"message":"aborted"}}""");
        await AssertNothingAskedAsync(talk);
        Assert.False(talk.Connection.HasCallsInFlight);
    }

    [Fact]
    public async Task An_error_to_next_reaches_the_consumer_after_the_items_and_nothing_is_aborted()
    {
        await using RawConversation talk = RawConversation.Start(new());
        IAsyncEnumerator<int> items = await BeginAsync(talk, """{"token":5,"values":[1]}""");
        await NextAsync(talk);
        await talk.Peer.SendAsync("""{"jsonrpc":"2.0","id":2,"error":{"code":7,"message":"broken"}}""");

        Assert.True(await items.MoveNextAsync().InTime());
        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => items.MoveNextAsync().InTime());
        Assert.Equal((7, "broken"), ((int)e.Code, e.Message));
        await items.DisposeAsync();
        await AssertNothingAskedAsync(talk);
    }

    [Fact]
    public async Task A_sequence_in_a_late_answer_is_aborted()
    {
        await using RawConversation talk = RawConversation.Start(new());
        using CancellationTokenSource given = new();
        Task<IAsyncEnumerable<int>> call = talk.Connection.CallAsync<IAsyncEnumerable<int>>("make", [], given.Token).AsTask();
        await talk.Peer.ReceiveAsync();
        await given.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.InTime());
        Assert.Equal("$/cancelRequest", (await talk.Peer.ReceiveAsync()).GetProperty("method").GetString());
        await AnswerAsync(talk, 1, """{"token":8,"values":[1]}""");

        await ExpectAbortAsync(talk, 8);
    }

    [Fact]
    public async Task A_late_answer_that_only_looks_like_a_sequence_aborts_nothing()
    {
        await using RawConversation talk = RawConversation.Start(new());
        using CancellationTokenSource given = new();
        Task<JsonElement> call = talk.Connection.CallAsync<JsonElement>("login", [], given.Token).AsTask();
        await talk.Peer.ReceiveAsync();
        await given.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.InTime());
        await talk.Peer.ReceiveAsync();
        await AnswerAsync(talk, 1, """{"token":8}""");

        await AssertNothingAskedAsync(talk);
    }

    [Fact]
    public async Task A_sequence_is_enumerated_once()
    {
        await using RawConversation talk = RawConversation.Start(new());
        ValueTask<IAsyncEnumerable<int>> call = talk.Connection.CallAsync<IAsyncEnumerable<int>>("make");
        await talk.Peer.ReceiveAsync();
        await AnswerAsync(talk, 1, """{"values":[1]}""");
        IAsyncEnumerable<int> sequence = await call.InTime();
        await sequence.GetAsyncEnumerator().DisposeAsync();

        Assert.Contains("enumerated once", Assert.Throws<InvalidOperationException>(() => sequence.GetAsyncEnumerator()).Message, StringComparison.Ordinal);
    }

    private static async Task<IAsyncEnumerator<int>> BeginAsync(RawConversation talk, string result)
    {
        ValueTask<IAsyncEnumerable<int>> call = talk.Connection.CallAsync<IAsyncEnumerable<int>>("make");
        await talk.Peer.ReceiveAsync();
        await AnswerAsync(talk, 1, result);
        return (await call.InTime()).GetAsyncEnumerator();
    }

    private static Task AnswerAsync(RawConversation talk, int id, string result) => talk.Peer.SendAsync(RawPeer.Result(id, result));

    // The token that is asked for.
    private static async Task<int> NextAsync(RawConversation talk)
    {
        JsonElement request = await talk.Peer.ReceiveAsync();
        Assert.Equal("$/enumerator/next", request.GetProperty("method").GetString());
        return request.GetProperty("params").EnumerateArray().Single().GetInt32();
    }

    private static async Task ExpectAbortAsync(RawConversation talk, int token, bool mayAskBefore = false)
    {
        JsonElement notification = await talk.Peer.ReceiveAsync();
        if (mayAskBefore && notification.TryGetProperty("id", out _)) notification = await talk.Peer.ReceiveAsync();
        Assert.Equal("$/enumerator/abort", notification.GetProperty("method").GetString());
        Assert.False(notification.TryGetProperty("id", out _));
        Assert.Equal($"[{token}]", notification.GetProperty("params").GetRawText());
    }

    // What was sent before it would come before its answer.
    private static async Task AssertNothingAskedAsync(RawConversation talk) => Assert.Equal("null", await talk.Peer.CallAsync(100, "rpc.ping"));

    private static async Task<List<int>> RestAsync(IAsyncEnumerator<int> items)
    {
        List<int> rest = [];
        while (await items.MoveNextAsync().InTime())
            rest.Add(items.Current);
        return rest;
    }
}
