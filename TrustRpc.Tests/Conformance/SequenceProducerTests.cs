using System.Text.Json;
using TrustRpc.Streams;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Conformance;

/// <summary>Section 6, this side as the producer and a raw peer as the consumer.</summary>
public sealed class SequenceProducerTests
{
    private readonly Sequences _made = new();
    private readonly RpcServices _services = new();

    public SequenceProducerTests()
    {
        _services.Add("count", _made.Count);
        _services.Add("countAndWait", (int count, CancellationToken token) => _made.CountAndWait(count, token));
        _services.Add("countAndFail", (int count) => _made.CountAndFail(count, new RpcException((RpcErrorCode)42, "on purpose")));
    }

    [Fact]
    public async Task A_sequence_that_is_short_and_there_at_once_is_complete_without_a_token()
    {
        await using RawConversation talk = Start();

        Assert.Equal("""{"values":[0,1,2]}""", await talk.Peer.CallAsync(1, "count", "[3]"));
        Assert.Equal("""{"values":[]}""", await talk.Peer.CallAsync(2, "count", "[0]"));
        Assert.Equal(2, _made.Ended);
        Assert.Equal(0, talk.Connection.Streams.Producers.Count);
    }

    [Fact]
    public async Task A_method_whose_sequence_comes_when_the_sequences_have_been_ended_is_not_said_not_to_have_been_executed()
    {
        await using RawConversation talk = Start();
        talk.Connection.Streams.Producers.EndAll(StreamEnd.Drained);

        await talk.Peer.SendAsync(RawPeer.Request(1, "count", "[3]"));

        Assert.Equal((int)RpcErrorCode.Cancelled, (await talk.Peer.ReceiveErrorAsync()).Item1);
    }

    [Fact]
    public async Task Tokens_count_up_from_1_per_connection()
    {
        for (int connection = 0; connection < 2; connection++)
        {
            await using RawConversation talk = Start();
            Assert.Equal("""{"token":1,"values":[0]}""", await talk.Peer.CallAsync(1, "countAndWait", "[1]"));
            Assert.Equal("""{"token":2,"values":[0]}""", await talk.Peer.CallAsync(2, "countAndWait", "[1]"));
        }
    }

    [Fact]
    public async Task The_read_ahead_fills_the_first_values_and_each_answer_and_the_last_says_that_it_is()
    {
        await using RawConversation talk = Start();

        JsonElement first = JsonElement.Parse(await talk.Peer.CallAsync(1, "count", "[600]"));
        Assert.Equal(Enumerable.Range(0, 256), Values(first));
        Assert.False(first.TryGetProperty("finished", out _));

        List<int> rest = [];
        bool finished = false;
        for (int id = 2; !finished; id++)
        {
            JsonElement batch = JsonElement.Parse(await talk.Peer.CallAsync(id, "$/enumerator/next", "[1]"));
            Assert.InRange(batch.GetProperty("values").GetArrayLength(), rest.Count == 344 ? 0 : 1, 256);
            rest.AddRange(Values(batch));
            finished = batch.GetProperty("finished").GetBoolean();
        }

        Assert.Equal(Enumerable.Range(256, 344), rest);
        Assert.Equal(0, talk.Connection.Streams.Producers.Count);
        await talk.Peer.SendAsync(RawPeer.Request(99, "$/enumerator/next", "[1]"));
        Assert.Equal(-32001, (await talk.Peer.ReceiveErrorAsync()).Code);
    }

    [Fact]
    public async Task The_producer_runs_ahead_by_its_read_ahead_and_no_further()
    {
        await using RawConversation talk = Start();

        await talk.Peer.CallAsync(1, "count", "[100000]");
        await Patience.UntilAsync(() => _made.Produced == 512);
        await talk.Peer.CallAsync(2, "rpc.ping");
        Assert.Equal(512, _made.Produced);

        JsonElement batch = JsonElement.Parse(await talk.Peer.CallAsync(3, "$/enumerator/next", "[1]"));
        Assert.Equal(Enumerable.Range(256, 256), Values(batch));
        await Patience.UntilAsync(() => _made.Produced == 768);
    }

    [Fact]
    public async Task The_params_of_next_are_an_array_or_an_object()
    {
        await using RawConversation talk = Start();
        await talk.Peer.CallAsync(1, "count", "[600]");

        Assert.StartsWith("""{"values":[256,""", await talk.Peer.CallAsync(2, "$/enumerator/next", """{"token":1}"""), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", -32600)]
    [InlineData("{}", -32600)]
    [InlineData("[\"1\"]", -32600)]
    [InlineData("[1.5]", -32600)]
    [InlineData("[7]", -32001)]
    [InlineData("[0]", -32001)]
    [InlineData("[-1]", -32001)]
    public async Task Next_for_no_sequence_is_refused(string parameters, int code)
    {
        await using RawConversation talk = Start();
        await talk.Peer.SendAsync(RawPeer.Request(1, "$/enumerator/next", parameters));

        Assert.Equal(code, (await talk.Peer.ReceiveErrorAsync()).Code);
    }

    [Fact]
    public async Task A_second_next_while_one_is_open_is_refused_and_leaves_the_first_alone()
    {
        TaskCompletionSource second = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _services.Add("two", () => Two(second.Task));
        await using RawConversation talk = Start();
        await talk.Peer.CallAsync(1, "two");

        await talk.Peer.SendAsync(RawPeer.Request(2, "$/enumerator/next", "[1]"), RawPeer.Request(3, "$/enumerator/next", "[1]"));
        (int code, string id, _) = await talk.Peer.ReceiveErrorAsync();
        second.SetResult();
        JsonElement answer = await talk.Peer.ReceiveAsync();

        Assert.Equal((-32600, "3"), (code, id));
        Assert.Equal("2", answer.GetProperty("id").GetRawText());
        Assert.Equal([2], Values(answer.GetProperty("result")));
    }

    [Fact]
    public async Task An_item_that_comes_while_next_is_open_is_answered_at_once()
    {
        TaskCompletionSource second = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _services.Add("two", () => Two(second.Task));
        await using RawConversation talk = Start();

        Assert.Equal("""{"token":1,"values":[1]}""", await talk.Peer.CallAsync(1, "two"));
        await talk.Peer.SendAsync(RawPeer.Request(2, "$/enumerator/next", "[1]"));
        await talk.Peer.CallAsync(3, "rpc.ping");
        second.SetResult();

        Assert.Equal("""{"jsonrpc":"2.0","id":2,"result":{"values":[2],"finished":false}}""", await talk.Peer.ReadAsync());
        Assert.Equal("""{"values":[],"finished":true}""", await talk.Peer.CallAsync(4, "$/enumerator/next", "[1]"));
    }

    [Fact]
    public async Task An_item_waits_for_no_slower_one_that_blocks_its_thread()
    {
        using SemaphoreSlim gate = new(0);
        _services.Add("block", IEnumerable<int> () => _made.CountAndBlock(3, gate), stream: true);
        await using RawConversation talk = RawConversation.Start(_services);

        Assert.Equal("""{"token":1,"values":[0]}""", await talk.Peer.CallAsync(1, "block"));
        await talk.Peer.SendAsync(RawPeer.Request(2, "$/enumerator/next", "[1]"));
        gate.Release();
        Assert.Equal("""{"jsonrpc":"2.0","id":2,"result":{"values":[1],"finished":false}}""", await talk.Peer.ReadAsync());
        gate.Release(2);
        Assert.StartsWith("""{"values":[2],""", await talk.Peer.CallAsync(3, "$/enumerator/next", "[1]"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Abort_frees_the_token_and_answers_an_open_next()
    {
        await using RawConversation talk = Start();
        await talk.Peer.CallAsync(1, "countAndWait", "[1]");
        await talk.Peer.SendAsync(RawPeer.Request(2, "$/enumerator/next", "[1]"), RawPeer.Notification("$/enumerator/abort", "[1]"));

        (int code, string id, _) = await talk.Peer.ReceiveErrorAsync();
        await _made.EndedAsync();
        await talk.Peer.SendAsync(RawPeer.Request(3, "$/enumerator/next", "[1]"));

        Assert.Equal((-32800, "2"), (code, id));
        Assert.Equal(-32001, (await talk.Peer.ReceiveErrorAsync()).Code);
        Assert.True(_made.SawCancellation);
        Assert.Equal(1, _made.Ended);
        Assert.Equal(0, talk.Connection.Streams.Producers.Count);
    }

    [Fact]
    public async Task Abort_ends_a_producer_that_has_run_as_far_ahead_as_it_may()
    {
        await using RawConversation talk = Start();
        await talk.Peer.CallAsync(1, "count", "[100000]");
        await Patience.UntilAsync(() => _made.Produced == 512);
        await talk.Peer.SendAsync(RawPeer.Notification("$/enumerator/abort", """{"token":1}"""));

        await _made.EndedAsync();
        Assert.Equal(512, _made.Produced);
        Assert.Equal(0, talk.Connection.Streams.Producers.Count);
    }

    [Fact]
    public async Task Abort_of_an_unknown_token_is_ignored()
    {
        await using RawConversation talk = Start();
        await talk.Peer.SendAsync(RawPeer.Notification("$/enumerator/abort", "[1]"), RawPeer.Notification("$/enumerator/abort", "[\"x\"]"));

        Assert.Equal("null", await talk.Peer.CallAsync(1, "rpc.ping"));
    }

    [Fact]
    public async Task A_failure_follows_the_items_before_it_and_frees_the_token()
    {
        await using RawConversation talk = Start();

        Assert.Equal("""{"token":1,"values":[0,1]}""", await talk.Peer.CallAsync(1, "countAndFail", "[2]"));
        await talk.Peer.SendAsync(RawPeer.Request(2, "$/enumerator/next", "[1]"));
        (int code, _, string message) = await talk.Peer.ReceiveErrorAsync();
        await talk.Peer.SendAsync(RawPeer.Request(3, "$/enumerator/next", "[1]"));

        Assert.Equal((42, "on purpose"), (code, message));
        Assert.Equal(-32001, (await talk.Peer.ReceiveErrorAsync()).Code);
        Assert.Equal(1, _made.Ended);
        Assert.Equal(0, talk.Connection.Streams.Producers.Count);
    }

    [Fact]
    public async Task A_failure_before_the_first_item_and_the_first_wait_is_the_calls_own()
    {
        _services.Add("fail", () => Fails());
        await using RawConversation talk = Start();
        await talk.Peer.SendAsync(RawPeer.Request(1, "fail"));

        Assert.Equal((-32000, "1", "no"), await talk.Peer.ReceiveErrorAsync());
    }

    [Fact]
    public async Task Cancelling_an_open_next_frees_the_token()
    {
        await using RawConversation talk = Start();
        await talk.Peer.CallAsync(1, "countAndWait", "[1]");
        await talk.Peer.SendAsync(RawPeer.Request("\"n\"", "$/enumerator/next", "[1]"), RawPeer.Notification("$/cancelRequest", """{"id":"n"}"""));

        (int code, string id, _) = await talk.Peer.ReceiveErrorAsync();
        await _made.EndedAsync();

        Assert.Equal((-32800, "\"n\""), (code, id));
        Assert.Equal(0, talk.Connection.Streams.Producers.Count);
    }

    [Fact]
    public async Task Next_may_carry_a_timeout_of_its_own_which_frees_the_token()
    {
        ManualTimeProvider time = new();
        await using RawConversation talk = RawConversation.Start(_services, time: time);
        await talk.Peer.CallAsync(1, "countAndWait", "[1]");
        await talk.Peer.SendAsync("""{"jsonrpc":"2.0","id":2,"method":"$/enumerator/next","timeout":500,"params":[1]}""");
        await talk.Peer.CallAsync(3, "rpc.ping");
        time.Advance(TimeSpan.FromMilliseconds(500));

        Assert.Equal((-32012, "2"), (await talk.Peer.ReceiveErrorAsync()) is var (code, id, _) ? (code, id) : default);
        await _made.EndedAsync();
        Assert.Equal(0, talk.Connection.Streams.Producers.Count);
    }

    [Fact]
    public async Task A_batch_holds_64_KiB_at_most_unless_one_item_is_larger()
    {
        _services.Add("texts", (int length, int count) => Sequences.Of(Enumerable.Repeat(new string('x', length), count).ToArray()));
        await using RawConversation talk = Start(maxFrame: 1 << 20);

        foreach ((int length, int most) in new[] { (10_000, 6), (100_000, 1) })
        {
            JsonElement first = JsonElement.Parse(await talk.Peer.CallAsync(1, "texts", $"[{length},20]"));
            int count = first.GetProperty("values").GetArrayLength();
            for (bool finished = false; !finished;)
            {
                JsonElement batch = JsonElement.Parse(await talk.Peer.CallAsync(2, "$/enumerator/next", $"[{first.GetProperty("token").GetRawText()}]"));
                Assert.InRange(batch.GetProperty("values").GetArrayLength(), 0, most);
                count += batch.GetProperty("values").GetArrayLength();
                finished = batch.GetProperty("finished").GetBoolean();
            }

            Assert.Equal(20, count);
        }
    }

    [Fact]
    public async Task An_item_over_the_frame_limit_is_an_error_that_frees_the_token()
    {
        _services.Add("growing", () => Sequences.Of(new string('x', 100), new string('x', 5000)));
        await using RawConversation talk = Start(maxFrame: 4096);

        (int code, string message) = await ErrorOfAsync(talk, "growing");

        Assert.Equal(-32003, code);
        Assert.StartsWith("An item of 'growing' cannot be sent: a message may have ", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_item_that_cannot_be_written_is_an_error_that_frees_the_token()
    {
        _services.Add("odd", () => Sequences.Of<object>("good", typeof(string)));
        await using RawConversation talk = Start();

        (int code, string message) = await ErrorOfAsync(talk, "odd");

        Assert.Equal(-32003, code);
        Assert.StartsWith("An item of 'odd' cannot be sent: it cannot be written as JSON", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Over_1024_open_sequences_no_more_are_opened()
    {
        await using RawConversation talk = Start(maxFrame: 1 << 20);
        for (int i = 1; i <= 1024; i++)
            Assert.StartsWith($"{{\"token\":{i},", await talk.Peer.CallAsync(i, "count", "[1000]"), StringComparison.Ordinal);

        await talk.Peer.SendAsync(RawPeer.Request(2000, "count", "[1000]"));
        Assert.Equal(-32013, (await talk.Peer.ReceiveErrorAsync()).Code);
        await talk.Peer.SendAsync(RawPeer.Notification("$/enumerator/abort", "[7]"));
        Assert.StartsWith("{\"token\":1025,", await talk.Peer.CallAsync(2001, "count", "[1000]"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Enumerator_requests_do_not_count_towards_maxCalls()
    {
        TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _services.Add("hold", () => gate.Task);
        await using RawConversation talk = Start(maxCalls: 1);
        await talk.Peer.CallAsync(1, "count", "[600]");
        await talk.Peer.SendAsync(RawPeer.Request(2, "hold"));

        Assert.StartsWith("""{"values":[256,""", await talk.Peer.CallAsync(3, "$/enumerator/next", "[1]"), StringComparison.Ordinal);
        gate.SetResult();
    }

    [Fact]
    public async Task A_sequence_ends_with_its_connection()
    {
        await using RawConversation talk = Start();
        await talk.Peer.CallAsync(1, "countAndWait", "[1]");
        await talk.Peer.CallAsync(2, "count", "[1000]");
        talk.Connection.Abort();

        await _made.EndedAsync();
        await _made.EndedAsync();
        Assert.Equal(2, _made.Ended);
        Assert.Equal(0, talk.Connection.Streams.Producers.Count);
    }

    [Fact]
    public async Task A_result_may_hold_sequences_further_down()
    {
        _services.Add("both", () => new { First = _made.Count(2), Second = _made.Count(3) });
        await using RawConversation talk = Start();

        Assert.Equal("""{"first":{"token":1},"second":{"token":2}}""", await talk.Peer.CallAsync(1, "both"));
        Assert.StartsWith("""{"values":[0""", await talk.Peer.CallAsync(2, "$/enumerator/next", "[2]"), StringComparison.Ordinal);
    }

    // A clock that stands still: the first answer gathers whatever comes at once, on the slowest machine.
    private RawConversation Start(int maxFrame = 4096, int maxCalls = 64)
        => RawConversation.Start(_services, maxFrame: maxFrame, maxCalls: maxCalls, time: new ManualTimeProvider());

    private static int[] Values(JsonElement batch) => [.. batch.GetProperty("values").EnumerateArray().Select(value => value.GetInt32())];

    private static async IAsyncEnumerable<int> Two(Task second)
    {
        yield return 1;
        await second;
        yield return 2;
    }

    private static async IAsyncEnumerable<int> Fails()
    {
        if (Environment.ProcessId != 0) throw new RpcException("no");
        await Task.Yield();
        yield return 1;
    }

    // Asks until the error comes, and once more.
    private static async Task<(int Code, string Message)> ErrorOfAsync(RawConversation talk, string method)
    {
        await talk.Peer.CallAsync(1, method);
        for (int id = 2; ; id++)
        {
            await talk.Peer.SendAsync(RawPeer.Request(id, "$/enumerator/next", "[1]"));
            JsonElement answer = await talk.Peer.ReceiveAsync();
            if (answer.TryGetProperty("error", out JsonElement error))
            {
                Assert.Equal(0, talk.Connection.Streams.Producers.Count);
                return (error.GetProperty("code").GetInt32(), error.GetProperty("message").GetString()!);
            }

            Assert.False(answer.GetProperty("result").GetProperty("finished").GetBoolean());
        }
    }
}
