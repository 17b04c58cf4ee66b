using System.Text.Json;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Conformance;

/// <summary>Section 5 and 7 under a clock that the test moves: deadlines of calls, and how a connection ends.</summary>
public sealed class TimeTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly RpcServices _services = new();
    private readonly Specimen _methods = new();

    public TimeTests() => _services.Add(_methods);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Quotes("The callee cancels the method when they have passed and answers `-32012`.")]
    public async Task A_method_whose_time_is_up_is_cancelled_and_answered_for(bool onThread)
    {
        await using RawConversation talk = RawConversation.Start(_services, onThread, time: _time);

        await talk.Peer.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"WaitForCancellation","timeout":250}""");
        await _methods.EnteredAsync();
        _time.Advance(TimeSpan.FromMilliseconds(249));
        Assert.Equal("null", await talk.Peer.CallAsync(2, "rpc.ping"));
        _time.Advance(TimeSpan.FromMilliseconds(1));

        (int code, string id, _) = await talk.Peer.ReceiveErrorAsync();
        Assert.Equal((-32012, "1"), (code, id));
        Assert.True(await _methods.SawCancellation.WaitAsync(Patience.Limit));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Quotes("milliseconds ≥ 1 for the call from its receipt, queueing included.")]
    public async Task A_method_that_heeds_nothing_is_answered_for_at_once_and_only_once(bool onThread)
    {
        await using RawConversation talk = RawConversation.Start(_services, onThread, time: _time);

        await talk.Peer.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"WaitForGate","params":[1],"timeout":1}""");
        await _methods.EnteredAsync();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        (int code, string id, _) = await talk.Peer.ReceiveErrorAsync();
        Assert.Equal((-32012, "1"), (code, id));
        _methods.Open();

        Assert.Equal("3", await talk.Peer.CallAsync(2, "Add", "[1,2]"));
    }

    [Fact]
    public async Task A_call_may_have_more_time_than_a_timer_can_wait()
    {
        await using RawConversation talk = RawConversation.Start(_services, time: _time);
        await talk.Peer.SendAsync($$"""{"jsonrpc":"2.0","id":1,"method":"WaitForGate","params":[1],"timeout":{{TimeSpan.FromDays(30).TotalMilliseconds}}}""");
        await talk.Peer.SendAsync($$"""{"jsonrpc":"2.0","id":2,"method":"WaitForGate","params":[2],"timeout":{{long.MaxValue}}}""");
        await _methods.EnteredAsync(2);

        _time.Advance(TimeSpan.FromDays(29));
        Assert.Equal("null", await talk.Peer.CallAsync(3, "rpc.ping"));
        _time.Advance(TimeSpan.FromDays(1));
        (int code, string id, _) = await talk.Peer.ReceiveErrorAsync();
        Assert.Equal((-32012, "1"), (code, id));
        _methods.Open();

        Assert.Equal(["2"], (await talk.Peer.ReceiveAsync(1)).Keys);
    }

    [Fact]
    public async Task Caller_and_callee_say_the_same_of_a_call_whose_time_is_up()
    {
        await using RawConversation callee = RawConversation.Start(_services, time: _time);
        await using RawConversation caller = RawConversation.Start(_services, time: _time);

        await callee.Peer.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"WaitForGate","params":[1],"timeout":250}""");
        await _methods.EnteredAsync();
        Task<int> call = caller.Connection.CallAsync<int>("WaitForGate", [1], new RpcCallOptions { Timeout = TimeSpan.FromMilliseconds(250) }).AsTask();
        await caller.Peer.ReceiveAsync();
        _time.Advance(TimeSpan.FromMilliseconds(250));

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => call.InTime());
        Assert.Equal((await callee.Peer.ReceiveErrorAsync()).Message, e.Message);
        _methods.Open();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_whose_time_is_up_before_its_arguments_are_written_is_neither_sent_nor_cancelled(bool blocks)
    {
        await using RawConversation talk = RawConversation.Start(_services, time: _time);
        RpcCallOptions second = new() { Timeout = TimeSpan.FromSeconds(1) };
        Task<int> first = talk.Connection.CallAsync<int>("first", [], second).AsTask();
        SlowArgument slow = new(() => _time.Advance(TimeSpan.FromSeconds(2)));

        Task call = blocks
            ? Patience.OnOwnThread(() => talk.Connection.Call<int>("late", [slow], second))
            : talk.Connection.CallAsync<int>("late", [slow], second).AsTask();

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => call.InTime());
        Assert.Equal(RpcErrorCode.DeadlineExceeded, e.Code);
        Assert.Contains("not executed", e.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<RpcCallException>(() => first.InTime());
        Task<int> last = talk.Connection.CallAsync<int>("last").AsTask();
        Assert.Equal(["first", "$/cancelRequest", "last"], await MethodsAsync(talk.Peer, 3));
        await talk.Peer.SendAsync(RawPeer.Result(3, "7"));
        Assert.Equal(7, await last.InTime());
        Assert.Equal(1, talk.Connection.Residue.Sent); // The first, which the peer has not answered.
    }

    [Fact]
    [Quotes("milliseconds ≥ 1 for the call")]
    public async Task The_largest_timeout_is_as_good_as_none()
    {
        await using RawConversation talk = RawConversation.Start(_services, time: _time);

        await talk.Peer.SendAsync($$"""{"jsonrpc":"2.0","id":1,"method":"WaitForGate","params":[1],"timeout":{{long.MaxValue}}}""");
        await _methods.EnteredAsync();
        _time.Advance(TimeSpan.FromDays(20));
        Assert.Equal("null", await talk.Peer.CallAsync(2, "rpc.ping"));
        _methods.Open();

        Assert.Equal(1, (await talk.Peer.ReceiveAsync()).GetProperty("result").GetInt32());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Quotes("Last: all answers, the close record, half-close, read until the peer's end or 2 s, close.")]
    public async Task A_side_that_closes_says_so_ends_its_writing_and_waits_for_the_peers_end(bool onThread)
    {
        await using RawConversation talk = RawConversation.Start(_services, onThread, time: _time);

        Task closing = talk.Connection.CloseAsync();
        await HearGoAwayAsync(talk.Peer);
        await talk.Peer.ExpectEndAsync();
        Assert.False(closing.IsCompleted);
        talk.Pair.Second.CompleteWriting();

        await closing.InTime();
        Assert.Contains("this side", await talk.Connection.Closed.InTime(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Quotes("read until the peer's end or 2 s, close.")]
    public async Task A_side_that_closes_waits_two_seconds_for_a_peer_that_stays(bool onThread)
    {
        await using RawConversation talk = RawConversation.Start(_services, onThread, time: _time);

        Task closing = talk.Connection.CloseAsync();
        await HearGoAwayAsync(talk.Peer);
        await talk.Peer.ExpectEndAsync();
        await _time.WhenTimersActive().InTime();
        _time.Advance(TimeSpan.FromMilliseconds(1999));
        Assert.False(closing.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        await closing.InTime();
        await talk.Connection.Closed.InTime();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Quotes("read until the peer's end or 2 s, close.")]
    public async Task A_side_that_closes_waits_no_longer_for_a_peer_that_says_nothing_at_all(bool onThread)
    {
        await using RawConversation talk = RawConversation.Start(_services, onThread, time: _time);

        Task closing = talk.Connection.CloseAsync();
        await _time.WhenTimersActive().InTime();
        _time.Advance(TimeSpan.FromSeconds(2));

        await closing.InTime();
        await talk.Connection.Closed.InTime();
    }

    [Fact]
    [Quotes("From then on new requests to it are answered `-32014`; responses, `next`, `abort`, cancellations and pings still pass.")]
    public async Task A_side_that_goes_away_refuses_new_calls_and_finishes_those_that_run()
    {
        await using RawConversation talk = RawConversation.Start(_services, time: _time);
        await talk.Peer.SendAsync(RawPeer.Request(1, "WaitForGate", "[1]"));
        await _methods.EnteredAsync();

        Task closing = talk.Connection.CloseAsync(TimeSpan.FromSeconds(25));
        await HearGoAwayAsync(talk.Peer);
        await talk.Peer.SendAsync(RawPeer.Request(2, "Add", "[1,2]"));
        (int code, string id, _) = await talk.Peer.ReceiveErrorAsync();
        Assert.Equal((-32014, "2"), (code, id));
        Assert.Equal("null", await talk.Peer.CallAsync(3, "rpc.ping"));
        _methods.Open();

        Assert.Equal("""{"jsonrpc":"2.0","id":1,"result":1}""", await talk.Peer.ReadAsync());
        await talk.Peer.ExpectEndAsync();
        talk.Pair.Second.CompleteWriting();
        await closing.InTime();
    }

    [Fact]
    [Quotes("Calls and sequences have the drain time (25 s unless configured), then end with `-32800`, which is the answer to a `next` that comes later as well.")]
    public async Task Calls_that_outlast_the_drain_time_end_as_cancelled()
    {
        await using RawConversation talk = RawConversation.Start(_services, time: _time);
        await talk.Peer.SendAsync(RawPeer.Request(1, "WaitForCancellation"), RawPeer.Request(2, "WaitForGate", "[1]"));
        await _methods.EnteredAsync(2);

        Task closing = talk.Connection.CloseAsync(TimeSpan.FromSeconds(25));
        await HearGoAwayAsync(talk.Peer);
        await _time.WhenDueAfter(TimeSpan.FromSeconds(25)).InTime();
        _time.Advance(TimeSpan.FromSeconds(25));

        Dictionary<string, JsonElement> answers = await talk.Peer.ReceiveAsync(2);
        Assert.All(answers.Values, answer => Assert.Equal(-32800, answer.GetProperty("error").GetProperty("code").GetInt32()));
        await talk.Peer.ExpectEndAsync();
        talk.Pair.Second.CompleteWriting();
        await closing.InTime();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Quotes("The receiver starts no new calls.")]
    public async Task After_the_peers_goaway_no_call_is_started_and_those_in_flight_are_answered(bool onThread)
    {
        await using RawConversation talk = RawConversation.Start(_services, onThread, time: _time);
        Task<int> call = talk.Connection.CallAsync<int>("add").AsTask();
        await talk.Peer.ReceiveAsync();

        await talk.Peer.SendAsync(RawPeer.Notification("$/goaway", """{"reason":"shutdown","message":"bye"}"""));
        await Patience.UntilAsync(() => !talk.Connection.IsOpen);
        RpcConnectionException e = await Assert.ThrowsAsync<RpcConnectionException>(() => talk.Connection.CallAsync<int>("add").InTime());
        Assert.False(e.MayHaveBeenExecuted);
        Assert.Contains("shutdown", e.Message, StringComparison.Ordinal);
        await talk.Peer.SendAsync(RawPeer.Result(1, "3"));

        Assert.Equal(3, await call.InTime());
        Assert.Equal("3", await talk.Peer.CallAsync(1, "Add", "[1,2]"));
        talk.Pair.Second.CompleteWriting();
        Assert.Contains("shutdown", await talk.Connection.Closed.InTime(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("goodbye", "the peer said goodbye (shutdown)")]
    [InlineData("nothing", "the peer left without a word")]
    [InlineData("nonsense", "the peer broke the protocol")]
    public async Task What_cannot_be_written_any_more_is_not_the_reason_of_an_end_that_has_begun(string last, string expected)
    {
        TaskCompletionSource begun = new();
        RpcServices services = new RpcServices().Add("hang", async (CancellationToken token) =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, token);
        });
        await using RawConversation talk = RawConversation.Start(services, time: _time);
        Task<int> call = talk.Connection.CallAsync<int>("add").AsTask();
        await talk.Peer.SendAsync(RawPeer.Request(1, "hang"));
        await begun.Task.InTime();
        await talk.Peer.ReceiveAsync();
        talk.Pair.First.BreakWriting();

        switch (last)
        {
            case "goodbye":
                await talk.Peer.SendAsync(RawPeer.Notification("$/goaway", """{"reason":"shutdown"}"""));
                break;
            case "nonsense":
                await talk.Peer.SendAsync("nonsense");
                break;
        }

        talk.Pair.Second.CompleteWriting();

        Assert.StartsWith(expected, await talk.Connection.Closed.InTime(), StringComparison.Ordinal);
        Assert.Contains(expected, (await Assert.ThrowsAsync<RpcConnectionException>(() => call.InTime())).Message, StringComparison.Ordinal);
    }

    [Fact]
    [Quotes("An end of stream without a `$/goaway` before it is reported as a loss.")]
    public async Task An_end_without_a_goaway_is_a_loss()
    {
        await using RawConversation talk = RawConversation.Start(_services, time: _time);
        Task<int> call = talk.Connection.CallAsync<int>("add").AsTask();
        await talk.Peer.ReceiveAsync();

        talk.Pair.Second.CompleteWriting();

        RpcConnectionException e = await Assert.ThrowsAsync<RpcConnectionException>(() => call.InTime());
        Assert.True(e.MayHaveBeenExecuted);
        Assert.Contains("without a word", e.Message, StringComparison.Ordinal);
    }

    // What crosses the goaway is still answered: a ping tells whoever goes away that it has heard all of it.
    private static async Task<string[]> MethodsAsync(RawPeer peer, int count)
    {
        string[] methods = new string[count];
        for (int i = 0; i < count; i++)
            methods[i] = (await peer.ReceiveAsync()).GetProperty("method").GetString()!;

        return methods;
    }

    private static async Task HearGoAwayAsync(RawPeer peer)
    {
        JsonElement goAway = await peer.ReceiveAsync();
        Assert.Equal("$/goaway", goAway.GetProperty("method").GetString());
        Assert.Equal("shutdown", goAway.GetProperty("params").GetProperty("reason").GetString());
        JsonElement ping = await peer.ReceiveAsync();
        Assert.Equal("rpc.ping", ping.GetProperty("method").GetString());
        await peer.SendAsync(RawPeer.Result(ping.GetProperty("id").GetRawText(), "null"));
    }

    private sealed class SlowArgument(Action takeTime)
    {
        public string Text
        {
            get
            {
                takeTime();
                return "written";
            }
        }
    }
}
