using System.Text.Json;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Conformance;

/// <summary>Section 5: how many calls, notifications and bytes of output there may be, and who waits for whom.</summary>
public sealed class PlaceRuleTests
{
    private readonly RpcServices _services = new();
    private readonly Specimen _methods = new();

    public PlaceRuleTests() => _services.Add(_methods);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Quotes("over a limit (calls in flight, open sequences, output queued); not executed")]
    public async Task Requests_over_the_limit_are_refused_and_the_others_run(bool onThread)
    {
        await using RawConversation talk = RawConversation.Start(_services, onThread, maxCalls: 3);

        await talk.Peer.SendAsync([.. Enumerable.Range(1, 3).Select(i => RawPeer.Request(i, "WaitForGate", $"[{i}]"))]);
        await _methods.EnteredAsync(3);
        await talk.Peer.SendAsync(RawPeer.Request(4, "Note", "[\"never\"]"));
        (int code, string id, _) = await talk.Peer.ReceiveErrorAsync();
        Assert.Equal((-32013, "4"), (code, id));
        Assert.Equal("null", await talk.Peer.CallAsync(5, "rpc.ping"));
        _methods.Open();

        Assert.Equal(["1", "2", "3"], (await talk.Peer.ReceiveAsync(3)).Keys.Order());
        Assert.Equal("3", await talk.Peer.CallAsync(4, "Add", "[1,2]"));
        Assert.Empty(_methods.Notes);
    }

    [Fact]
    [Quotes("a cancelled call counts until its method has really ended")]
    public async Task A_cancelled_call_keeps_its_place_until_its_method_has_ended()
    {
        await using RawConversation talk = RawConversation.Start(_services, maxCalls: 1);

        await talk.Peer.SendAsync(RawPeer.Request(1, "WaitForGate", "[1]"));
        await _methods.EnteredAsync();
        await talk.Peer.SendAsync(RawPeer.Notification("$/cancelRequest", "{\"id\":1}"), RawPeer.Request(2, "Add", "[1,2]"));
        Assert.Equal(-32013, (await talk.Peer.ReceiveErrorAsync()).Code);
        _methods.Open();

        await talk.Peer.ReceiveAsync();
        Assert.Equal("3", await talk.Peer.CallAsync(3, "Add", "[1,2]"));
    }

    [Fact]
    [Quotes("A sender waits locally at `maxCalls`")]
    public async Task A_sender_waits_at_the_limit_and_goes_on_in_turn()
    {
        await using RawConversation talk = RawConversation.Start(_services, maxCalls: 2);

        Task<int>[] calls = [.. Enumerable.Range(1, 4).Select(i => talk.Connection.CallAsync<int>("add", [i]).AsTask())];
        Assert.Equal(1, (await talk.Peer.ReceiveAsync()).GetProperty("id").GetInt32());
        Assert.Equal(2, (await talk.Peer.ReceiveAsync()).GetProperty("id").GetInt32());
        Assert.Equal("null", await talk.Peer.CallAsync(1, "rpc.ping"));
        await talk.Peer.SendAsync(RawPeer.Result(2, "20"));
        JsonElement third = await talk.Peer.ReceiveAsync();
        Assert.Equal(3, third.GetProperty("params")[0].GetInt32());
        await talk.Peer.SendAsync(RawPeer.Result(third.GetProperty("id").GetInt32(), "30"), RawPeer.Result(1, "10"));
        JsonElement fourth = await talk.Peer.ReceiveAsync();
        await talk.Peer.SendAsync(RawPeer.Result(fourth.GetProperty("id").GetInt32(), "40"));

        int[] results = await Task.WhenAll(calls).InTime();
        Assert.Equal([10, 20, 30, 40], results);
    }

    [Fact]
    [Quotes("remembers an id it gave up until it is answered")]
    public async Task A_call_that_was_given_up_holds_its_place_until_it_is_answered_and_the_late_answer_is_no_stray()
    {
        await using RawConversation talk = RawConversation.Start(_services, maxCalls: 1);
        using CancellationTokenSource given = new();

        Task<int> first = talk.Connection.CallAsync<int>("add", [1], given.Token).AsTask();
        await talk.Peer.ReceiveAsync();
        await given.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.InTime());
        Assert.Equal("""{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1}}""", await talk.Peer.ReadAsync());
        Task<int> second = talk.Connection.CallAsync<int>("add", [2]).AsTask();
        Assert.Equal("null", await talk.Peer.CallAsync(1, "rpc.ping"));
        Assert.False(second.IsCompleted);
        await talk.Peer.SendAsync(RawPeer.Result(1, "10"));

        Assert.Equal(2, (await talk.Peer.ReceiveAsync()).GetProperty("params")[0].GetInt32());
        await talk.Peer.SendAsync(RawPeer.Result(2, "20"));
        Assert.Equal(20, await second.InTime());
        Assert.Equal(0, talk.Connection.StrayResponses);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Quotes("Notifications run one at a time, in order, from a queue of `maxCalls`; over it: `$/goaway` `limit` and close.")]
    public async Task Notifications_over_the_limit_close_the_connection(bool onThread)
    {
        await using RawConversation talk = RawConversation.Start(_services, onThread, maxCalls: 3);

        await talk.Peer.SendAsync(RawPeer.Notification("Block", "[1]"));
        await _methods.EnteredAsync();
        await talk.Peer.SendAsync([.. Enumerable.Range(1, 3).Select(i => RawPeer.Notification("Note", $"[\"{i}\"]"))]);
        Assert.Equal("3", await talk.Peer.CallAsync(1, "Add", "[1,2]"));
        Assert.Empty(_methods.Notes);
        await talk.Peer.SendAsync(RawPeer.Notification("Note", "[\"4\"]"));

        await talk.Peer.ExpectGoAwayAndEndAsync("limit");
        _methods.Open();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Quotes("Where unsent output exceeds four times `maxFrame`, new requests are answered `-32013`")]
    public async Task Requests_of_a_peer_that_does_not_read_are_refused(bool onThread)
    {
        using ManualResetEventSlim filled = new();
        using ManualResetEventSlim sorted = new();
        _services.Add("mark", sorted.Set);
        _services.Add("fill", (RpcContext context) =>
        {
            for (int i = 0; i < 5; i++)
                context.NotifyAsync("much", [new string('x', 4000)]).AsTask().Wait();
            filled.Set();
        });
        await using RawConversation talk = RawConversation.Start(_services, onThread, maxFrame: 4096, capacity: 1000);

        Task sending = talk.Peer.SendAsync(RawPeer.Request(1, "fill"));
        filled.InTime();
        await sending;
        await talk.Peer.SendAsync(RawPeer.Request(2, "Note", "[\"never\"]"));

        // What arrives is sorted in its order: when this has run, the request has been refused, with nothing read yet.
        await talk.Peer.SendAsync(RawPeer.Notification("mark"));
        sorted.InTime();

        // In either order: a busy machine may hold the thread of the first one's method up before it returns.
        Dictionary<int, JsonElement> answers = [];
        while (answers.Count < 2)
        {
            JsonElement message = await talk.Peer.ReceiveAsync();
            if (message.TryGetProperty("id", out JsonElement id)) answers.Add(id.GetInt32(), message);
        }

        Assert.Equal(JsonValueKind.Null, answers[1].GetProperty("result").ValueKind);
        Assert.Equal(-32013, answers[2].GetProperty("error").GetProperty("code").GetInt32());
        Assert.Equal("3", await talk.Peer.CallAsync(3, "Add", "[1,2]"));
        Assert.Empty(_methods.Notes);
    }

    [Fact]
    [Quotes("a call that was answered by `-32012` counts with the callee alone until its method has ended")]
    public async Task A_request_waits_for_the_place_of_a_method_that_goes_on_after_its_time()
    {
        ManualTimeProvider time = new();
        await using RawConversation talk = RawConversation.Start(_services, maxCalls: 1, time: time);
        await talk.Peer.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"WaitForGate","params":[1],"timeout":1}""");
        await _methods.EnteredAsync();
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(-32012, (await talk.Peer.ReceiveErrorAsync()).Code);

        await talk.Peer.SendAsync(RawPeer.Request(2, "Add", "[1,2]"));
        Assert.Equal("null", await talk.Peer.CallAsync(3, "rpc.ping"));
        await talk.Peer.SendAsync(RawPeer.Request(4, "Add", "[1,2]"));
        Assert.Equal(-32013, (await talk.Peer.ReceiveErrorAsync()).Code);
        _methods.Open();

        Assert.Equal("""{"jsonrpc":"2.0","id":2,"result":3}""", await talk.Peer.ReadAsync());
    }

    [Fact]
    [Quotes("where the params of those that wait exceed four times `maxFrame`, new requests are answered `-32013`")]
    public async Task Requests_that_wait_for_a_place_hold_no_more_than_a_few_messages()
    {
        ManualTimeProvider time = new();
        await using RawConversation talk = RawConversation.Start(_services, maxFrame: 4096, maxCalls: 8, time: time);
        foreach (int id in Enumerable.Range(1, 8))
            await talk.Peer.SendAsync($$"""{"jsonrpc":"2.0","id":{{id}},"method":"WaitForGate","params":[1],"timeout":1}""");
        await _methods.EnteredAsync(8);
        time.Advance(TimeSpan.FromMilliseconds(1));
        await talk.Peer.ReceiveAsync(8);

        string large = $"[\"{new string('x', 4000)}\"]";
        await talk.Peer.SendAsync([.. Enumerable.Range(11, 6).Select(id => RawPeer.Request(id, "Echo", large))]);
        Assert.Equal((-32013, "16"), await CodeAndIdAsync(talk.Peer));
        await talk.Peer.SendAsync(RawPeer.Notification("$/cancelRequest", "[11]"));
        Assert.Equal((-32800, "11"), await CodeAndIdAsync(talk.Peer));
        await talk.Peer.SendAsync(RawPeer.Request(17, "Add", "[1,2]"));
        _methods.Open();

        Assert.Equal(["12", "13", "14", "15", "17"], (await talk.Peer.ReceiveAsync(5)).Keys.Order());
    }

    [Fact]
    public async Task A_request_that_waits_for_a_place_can_be_given_up_and_its_time_passes()
    {
        ManualTimeProvider time = new();
        await using RawConversation talk = RawConversation.Start(_services, maxCalls: 2, time: time);
        foreach (int id in (int[])[1, 2])
            await talk.Peer.SendAsync($$"""{"jsonrpc":"2.0","id":{{id}},"method":"WaitForGate","params":[1],"timeout":1}""");
        await _methods.EnteredAsync(2);
        time.Advance(TimeSpan.FromMilliseconds(1));
        await talk.Peer.ReceiveAsync(2);

        await talk.Peer.SendAsync(RawPeer.Request(3, "Note", "[\"never\"]"), """{"jsonrpc":"2.0","id":4,"method":"Note","params":["never"],"timeout":1}""");
        Assert.Equal("null", await talk.Peer.CallAsync(5, "rpc.ping"));
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal((-32012, "4"), await CodeAndIdAsync(talk.Peer));
        await talk.Peer.SendAsync(RawPeer.Notification("$/cancelRequest", "[3]"));
        Assert.Equal((-32800, "3"), await CodeAndIdAsync(talk.Peer));
        _methods.Open();

        Assert.Equal("3", await talk.Peer.CallAsync(6, "Add", "[1,2]"));
        Assert.Empty(_methods.Notes);
    }

    private static async Task<(int Code, string Id)> CodeAndIdAsync(RawPeer peer)
    {
        (int code, string id, _) = await peer.ReceiveErrorAsync();
        return (code, id);
    }
}
