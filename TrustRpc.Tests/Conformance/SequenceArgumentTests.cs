using System.Text.Json;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Conformance;

/// <summary>Section 6: how long a sequence that is an argument lives, and what notifications may carry.</summary>
public sealed class SequenceArgumentTests
{
    private readonly Sequences _made = new();

    [Fact]
    public async Task An_argument_travels_as_its_token_and_its_items_as_they_are_asked_for()
    {
        await using RawConversation talk = RawConversation.Start(new());
        ValueTask<int> call = talk.Connection.CallAsync<int>("sum", [_made.Count(2)]);

        Assert.Equal("""[{"token":1}]""", (await talk.Peer.ReceiveAsync()).GetProperty("params").GetRawText());
        Assert.Equal(0, _made.Produced);
        Assert.Equal([0, 1], await DrainAsync(talk, token: 1));
        await talk.Peer.SendAsync(RawPeer.Result(1, "1"));

        Assert.Equal(1, await call.InTime());
        Assert.Equal(1, _made.Ended);
    }

    [Fact]
    public async Task An_argument_by_name_as_well()
    {
        await using RawConversation talk = RawConversation.Start(new());
        ValueTask call = talk.Connection.CallAsync("sum", new { a = 1, items = _made.Count(1) });
        Assert.Equal("""{"a":1,"items":{"token":1}}""", (await talk.Peer.ReceiveAsync()).GetProperty("params").GetRawText());
        await talk.Peer.SendAsync(RawPeer.Result(1, "null"));
        await call.InTime();
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":null}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"no"}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"values":[1,2]}}""")]
    public async Task It_lives_until_the_call_is_answered(string answer)
    {
        await using RawConversation talk = RawConversation.Start(new());
        Task call = talk.Connection.CallAsync<IAsyncEnumerable<int>?>("take", [_made.CountAndWait(1)]).AsTask();
        await talk.Peer.ReceiveAsync();
        Assert.Equal("""{"values":[0],"finished":false}""", await talk.Peer.CallAsync(1, "$/enumerator/next", "[1]"));
        await talk.Peer.SendAsync(RawPeer.Request(2, "$/enumerator/next", "[1]"), answer);

        Assert.Equal((-32800, "2"), await talk.Peer.ReceiveErrorAsync() is var (code, id, _) ? (code, id) : default);
        await Task.WhenAny(call).InTime();
        await _made.EndedAsync();
        await talk.Peer.SendAsync(RawPeer.Request(3, "$/enumerator/next", "[1]"));
        Assert.Equal(-32001, (await talk.Peer.ReceiveErrorAsync()).Code);
        Assert.Equal(0, talk.Connection.Streams.Producers.Count);
    }

    [Fact]
    public async Task Where_the_answer_is_a_sequence_it_lives_until_that_has_ended()
    {
        await using RawConversation talk = RawConversation.Start(new());
        ValueTask<IAsyncEnumerable<int>> call = talk.Connection.CallAsync<IAsyncEnumerable<int>>("twice", [_made.CountAndWait(2)]);
        await talk.Peer.ReceiveAsync();
        await talk.Peer.SendAsync(RawPeer.Result(1, """{"token":77}"""));
        await using IAsyncEnumerator<int> items = (await call.InTime()).GetAsyncEnumerator();
        await talk.Peer.ReceiveAsync();
        Assert.StartsWith("""{"values":[0""", await talk.Peer.CallAsync(1, "$/enumerator/next", "[1]"), StringComparison.Ordinal);

        await talk.Peer.SendAsync(RawPeer.Result(2, """{"values":[0,2],"finished":true}"""));

        await _made.EndedAsync();
        Assert.True(await items.MoveNextAsync().InTime());
        Assert.Equal(0, talk.Connection.Streams.Producers.Count);
    }

    [Fact]
    public async Task Giving_the_call_up_frees_it()
    {
        await using RawConversation talk = RawConversation.Start(new());
        using CancellationTokenSource given = new();
        Task call = talk.Connection.CallAsync("take", [_made.CountAndWait(1)], given.Token).AsTask();
        await talk.Peer.ReceiveAsync();
        await talk.Peer.CallAsync(1, "$/enumerator/next", "[1]");
        await given.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.InTime());
        await _made.EndedAsync();
    }

    [Fact]
    public async Task A_call_that_could_not_be_written_leaves_no_sequence_behind()
    {
        await using RawConversation talk = RawConversation.Start(new());

        await Assert.ThrowsAsync<RpcCallException>(() => talk.Connection.CallAsync("take", [_made.Count(1), typeof(string)]).InTime());

        Assert.Equal(0, talk.Connection.Streams.Producers.Count);
        Assert.False(talk.Connection.HasCallsInFlight);
    }

    [Fact]
    public async Task A_sequence_alone_is_not_taken_for_arguments_by_name()
    {
        await using RawConversation talk = RawConversation.Start(new());

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => talk.Connection.CallAsync<int>("sum", _made.Count(1)).InTime());

        Assert.Contains("give them as an array", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_notification_carries_no_sequence()
    {
        RpcServices services = new();
        services.Add("take", void (IAsyncEnumerable<int> items) => throw new InvalidOperationException("must not run"));
        await using RawConversation talk = RawConversation.Start(services);

        RpcException e = await Assert.ThrowsAnyAsync<RpcException>(() => talk.Connection.NotifyAsync("take", [_made.Count(1)]).InTime());
        await talk.Peer.SendAsync(RawPeer.Notification("take", """[{"token":1}]"""));

        Assert.Contains("notification", e.Message, StringComparison.Ordinal);
        Assert.Equal("null", await talk.Peer.CallAsync(1, "rpc.ping"));
    }

    [Theory]
    [InlineData("[[1,2]]")]
    [InlineData("[7]")]
    [InlineData("[null]")]
    [InlineData("""[{"token":true}]""")]
    [InlineData("""[{"values":["x"]}]""")]
    public async Task An_argument_that_is_no_sequence_is_refused(string parameters)
    {
        RpcServices services = new();
        services.Add("take", void (IAsyncEnumerable<int> items) => throw new InvalidOperationException("must not run"));
        await using RawConversation talk = RawConversation.Start(services);
        await talk.Peer.SendAsync(RawPeer.Request(1, "take", parameters));

        (int code, _, string message) = await talk.Peer.ReceiveErrorAsync();
        Assert.Equal(-32602, code);
        Assert.Contains("'items'", message, StringComparison.Ordinal);
    }

    private static async Task<List<int>> DrainAsync(RawConversation talk, int token)
    {
        List<int> items = [];
        for (int id = 1; ; id++)
        {
            JsonElement batch = JsonElement.Parse(await talk.Peer.CallAsync(id, "$/enumerator/next", $"[{token}]"));
            items.AddRange(batch.GetProperty("values").EnumerateArray().Select(value => value.GetInt32()));
            if (batch.GetProperty("finished").GetBoolean()) return items;
        }
    }
}
