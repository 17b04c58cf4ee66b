using System.Text.Json;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Conformance;

/// <summary>Section 5: ids in flight, limits, order, reserved names; against a connection that reads asynchronously and one that reads on a thread.</summary>
public sealed class CallRuleTests
{
    private readonly RpcServices _services = new();
    private readonly Specimen _methods = new();

    public CallRuleTests() => _services.Add(_methods);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Quotes("each sender counts up from 1.")]
    public async Task Ids_count_up_from_1(bool onThread)
    {
        await using RawConversation talk = RawConversation.Start(_services, onThread);

        for (int id = 1; id <= 100; id++)
        {
            Task<int> call = talk.Connection.CallAsync<int>("add").AsTask();
            Assert.Equal(id, (await talk.Peer.ReceiveAsync()).GetProperty("id").GetInt32());
            await talk.Peer.SendAsync(RawPeer.Result(id, $"{id}"));
            Assert.Equal(id, await call.InTime());
        }
    }

    [Theory]
    [InlineData(false, "1")]
    [InlineData(true, "1")]
    [InlineData(false, "\"1\"")]
    [Quotes("A second request with an id still in flight closes the connection.")]
    public async Task A_second_request_with_an_id_in_flight_closes_the_connection(bool onThread, string id)
    {
        await using RawConversation talk = RawConversation.Start(_services, onThread);

        await talk.Peer.SendAsync(RawPeer.Request(id, "WaitForGate", "[1]"));
        await _methods.EnteredAsync();
        await talk.Peer.SendAsync(RawPeer.Request(id, "Add", "[1,2]"));

        Assert.Equal("protocol", (await talk.Peer.ReceiveAsync()).GetProperty("params").GetProperty("reason").GetString());
        (int code, string answered, _) = await talk.Peer.ReceiveErrorAsync();
        Assert.Equal((-32800, id), (code, answered));
        await talk.Peer.ExpectEndAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Quotes("echoed in the same form (1 and \"1\" differ)")]
    public async Task The_number_1_and_the_text_1_are_two_ids_and_an_answered_one_is_free_again(bool onThread)
    {
        await using RawConversation talk = RawConversation.Start(_services, onThread);

        await talk.Peer.SendAsync(RawPeer.Request("1", "WaitForGate", "[1]"), RawPeer.Request("\"1\"", "WaitForGate", "[2]"));
        await _methods.EnteredAsync(2);
        _methods.Open();
        Dictionary<string, JsonElement> answers = await talk.Peer.ReceiveAsync(2);
        Assert.Equal(1, answers["1"].GetProperty("result").GetInt32());
        Assert.Equal(2, answers["\"1\""].GetProperty("result").GetInt32());

        for (int i = 0; i < 200; i++)
            Assert.Equal("3", await talk.Peer.CallAsync("\"1\"", i % 2 == 0 ? "Add" : "AddLater", "[1,2]"));
    }

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
    [Quotes("Notifications run one at a time, in order, from a queue of `maxCalls`")]
    public async Task Notifications_run_one_at_a_time_and_in_order_whether_they_end_at_once_or_later(bool onThread)
    {
        int running = 0;
        List<int> order = [];
        using SemaphoreSlim ended = new(0);
        void Enter(int number)
        {
            Assert.Equal(1, Interlocked.Increment(ref running));
            order.Add(number);
        }

        void Leave()
        {
            Interlocked.Decrement(ref running);
            ended.Release();
        }

        _services.Add("now", (int number) =>
        {
            Enter(number);
            Leave();
        });
        _services.Add("later", async (int number) =>
        {
            Enter(number);
            await Task.Yield();
            Leave();
        });
        _services.Add("wrongly", (int number) =>
        {
            Enter(number);
            Leave();
            throw new InvalidOperationException();
        });
        await using RawConversation talk = RawConversation.Start(_services, onThread, maxCalls: 300);

        await talk.Peer.SendAsync([.. Enumerable.Range(0, 300).Select(i => RawPeer.Notification((i % 3) switch { 0 => "now", 1 => "later", _ => "wrongly" }, $"[{i}]"))]);
        for (int i = 0; i < 300; i++)
            Assert.True(await ended.WaitAsync(Patience.Limit));

        Assert.Equal(Enumerable.Range(0, 300), order);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Quotes("Requests start in the order of arrival and finish in any")]
    public async Task Requests_start_in_the_order_of_arrival(bool onThread)
    {
        List<int> order = [];
        _services.Add("enter", (int number) => order.Add(number));
        await using RawConversation talk = RawConversation.Start(_services, onThread, maxFrame: 100_000, maxCalls: 1000);

        await talk.Peer.SendAsync([.. Enumerable.Range(0, 500).Select(i => RawPeer.Request(i, "enter", $"[{i}]"))]);
        await talk.Peer.ReceiveAsync(500);

        Assert.Equal(Enumerable.Range(0, 500), order);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Quotes("a slow method never delays another call, a ping or a cancellation.")]
    public async Task Blocked_methods_delay_neither_calls_nor_pings_nor_cancellations_of_the_same_write(bool onThread)
    {
        await using RawConversation talk = RawConversation.Start(_services, onThread, maxFrame: 100_000, maxCalls: 1000);
        List<string> batch = [];
        for (int i = 0; i < 100; i++)
        {
            if (i % 5 == 0) batch.Add(RawPeer.Request($"\"blocked {i}\"", "Block", $"[{i}]"));
            if (i == 50) batch.Add(RawPeer.Request("\"cancelled\"", "WaitForCancellation"));
            batch.Add(RawPeer.Request(i, "Add", $"[{i},1]"));
        }

        batch.Add(RawPeer.Request("\"ping\"", "rpc.ping"));
        batch.Add(RawPeer.Notification("$/cancelRequest", "{\"id\":\"cancelled\"}"));
        await talk.Peer.SendAsync([.. batch]);

        Dictionary<string, JsonElement> answers = await talk.Peer.ReceiveAsync(102);
        for (int i = 0; i < 100; i++)
            Assert.Equal(i + 1, answers[$"{i}"].GetProperty("result").GetInt32());
        Assert.Equal(JsonValueKind.Null, answers["\"ping\""].GetProperty("result").ValueKind);
        Assert.Equal(-32800, answers["\"cancelled\""].GetProperty("error").GetProperty("code").GetInt32());
        _methods.Open();
        Assert.All(await talk.Peer.ReceiveAsync(20), answer => Assert.Contains("blocked", answer.Key, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_method_sends_leaves_even_after_it_has_blocked_once(bool onThread)
    {
        using ManualResetEventSlim goOn = new();
        using ManualResetEventSlim end = new();
        _services.Add("talk", (RpcContext context) =>
        {
            context.NotifyAsync("one").AsTask().Wait();
            goOn.InTime();
            context.NotifyAsync("two").AsTask().Wait();
            end.InTime();
        });
        await using RawConversation talk = RawConversation.Start(_services, onThread);

        // In one read with others, so that what each sends is gathered; the queue is taken from the thread that blocks.
        await talk.Peer.SendAsync(RawPeer.Request(1, "Add", "[1,2]"), RawPeer.Request(2, "talk"), RawPeer.Request(3, "Add", "[3,4]"));

        HashSet<string> seen = [];
        for (int i = 0; i < 3; i++)
            seen.Add((await talk.Peer.ReadAsync())!);
        Assert.Contains("""{"jsonrpc":"2.0","method":"one","params":[]}""", seen);
        goOn.Set();
        Assert.Equal("""{"jsonrpc":"2.0","method":"two","params":[]}""", await talk.Peer.ReadAsync());
        end.Set();
        Assert.Equal("""{"jsonrpc":"2.0","id":2,"result":null}""", await talk.Peer.ReadAsync());
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

        JsonElement message;
        do
            message = await talk.Peer.ReceiveAsync();
        while (!message.TryGetProperty("id", out JsonElement id) || id.GetInt32() != 2);
        Assert.Equal(-32013, message.GetProperty("error").GetProperty("code").GetInt32());
        Assert.Equal("3", await talk.Peer.CallAsync(3, "Add", "[1,2]"));
        Assert.Empty(_methods.Notes);
    }

    [Fact]
    [Quotes("Names that begin with `$/` or `rpc.` belong to this protocol; unknown notifications among them are ignored.")]
    public async Task Reserved_names_belong_to_the_protocol()
    {
        await using RawConversation talk = RawConversation.Start(_services);

        await talk.Peer.SendAsync(
            RawPeer.Notification("$/unknown"),
            RawPeer.Notification("rpc.unknown", "{}"),
            RawPeer.Notification("$/"),
            RawPeer.Notification("rpc.ping"),
            RawPeer.Notification("$/cancelRequest"),
            RawPeer.Notification("$/cancelRequest", "{}"),
            RawPeer.Notification("$/cancelRequest", "{\"id\":null}"),
            RawPeer.Notification("$/cancelRequest", "{\"id\":{}}"),
            RawPeer.Notification("$/cancelRequest", "[[[]]]"),
            RawPeer.Notification("$/cancelRequest", "{\"x\":{\"id\":1},\"id\":99}"),
            RawPeer.Notification("$/progress", "{\"token\":1,\"value\":2}"),
            RawPeer.Notification("$/enumerator/abort", "[7]"));
        foreach (string name in (string[])["$/unknown", "rpc.unknown", "$/cancelRequest", "$/goaway", "rpc.pingAsync"])
        {
            await talk.Peer.SendAsync(RawPeer.Request(1, name));
            (int code, string id, _) = await talk.Peer.ReceiveErrorAsync();
            Assert.Equal((-32601, "1"), (code, id));
        }

        Assert.True(talk.Connection.IsOpen);
    }

    [Fact]
    [Quotes("| `rpc.ping` | request | answered at once with `null` |")]
    public async Task A_ping_is_answered_with_null_whatever_its_params()
    {
        await using RawConversation talk = RawConversation.Start(_services);

        foreach (string parameters in (string[])["[]", "{}", "[1,2]", "{\"a\":1}"])
            Assert.Equal("null", await talk.Peer.CallAsync(1, "rpc.ping", parameters));
        await talk.Peer.SendAsync("""{"id":2,"method":"rpc.ping"}""");
        Assert.Equal("""{"jsonrpc":"2.0","id":2,"result":null}""", await talk.Peer.ReadAsync());
    }

    [Fact]
    [Quotes("Method names match exactly; a name that ends in `Async` and is not registered is looked up without it (never for reserved names).")]
    public async Task Names_match_exactly_but_for_Async()
    {
        _services.Add("pureAsync", () => "Async");
        _services.Add("pure", () => "plain");
        await using RawConversation talk = RawConversation.Start(_services);

        Assert.Equal("\"Async\"", await talk.Peer.CallAsync(1, "pureAsync"));
        Assert.Equal("\"plain\"", await talk.Peer.CallAsync(2, "pure"));
        Assert.Equal("3", await talk.Peer.CallAsync(3, "AddAsync", "[1,2]"));
        foreach (string name in (string[])["add", "ADD", "Add ", "AddAsyncAsync", "Addasync", "Async", ""])
        {
            await talk.Peer.SendAsync(RawPeer.Request(4, name, "[1,2]"));
            Assert.Equal(-32601, (await talk.Peer.ReceiveErrorAsync()).Code);
        }
    }

    [Fact]
    [Quotes("| -32601 | MethodNotFound | no such method, or none that this caller may know of |")]
    public async Task An_unknown_name_is_echoed_short_and_without_control_characters()
    {
        await using RawConversation talk = RawConversation.Start(_services);

        await talk.Peer.SendAsync(RawPeer.Request(1, "evil\\n\\u001b[31m\\u0000" + new string('x', 1000)));

        (int code, _, string message) = await talk.Peer.ReceiveErrorAsync();
        Assert.Equal(-32601, code);
        Assert.DoesNotContain(message, char.IsControl);
        Assert.True(message.Length < 200);
    }

    [Fact]
    [Quotes("stop that call; it is still answered, by `-32800` or by its result")]
    public async Task A_cancelled_call_is_answered_once_by_an_error_or_by_its_result()
    {
        _services.Add("stubborn", async (CancellationToken token) =>
        {
            await Task.Delay(Timeout.Infinite, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return "finished all the same";
        });
        await using RawConversation talk = RawConversation.Start(_services);

        foreach (string parameters in (string[])["{\"id\":1}", "[1]", "{\"reason\":\"none\",\"id\":1}"])
        {
            await talk.Peer.SendAsync(RawPeer.Request(1, "WaitForCancellation"));
            await _methods.EnteredAsync();
            await talk.Peer.SendAsync(RawPeer.Notification("$/cancelRequest", parameters), RawPeer.Notification("$/cancelRequest", parameters));
            (int code, string id, _) = await talk.Peer.ReceiveErrorAsync();
            Assert.Equal((-32800, "1"), (code, id));
        }

        await talk.Peer.SendAsync(RawPeer.Request(2, "stubborn"), RawPeer.Notification("$/cancelRequest", "{\"id\":2}"));
        JsonElement answer = await talk.Peer.ReceiveAsync();
        Assert.True(answer.TryGetProperty("result", out _) || answer.GetProperty("error").GetProperty("code").GetInt32() == -32800, answer.GetRawText());
        Assert.Equal("3", await talk.Peer.CallAsync(3, "Add", "[1,2]"));
    }

    [Fact]
    [Quotes("a cancelled call counts until its method has really ended.")]
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

    [Fact]
    public async Task A_cancellation_never_overtakes_its_request()
    {
        await using RawConversation talk = RawConversation.Start(_services);
        using CancellationTokenSource given = new();

        // Its token fires while the arguments are written, after the caller was let in.
        Task<int> call = talk.Connection.CallAsync<int>("add", [new Trigger(given)], given.Token).AsTask();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.InTime());
        await talk.Connection.NotifyAsync("end").InTime();

        List<string> methods = [];
        do
            methods.Add((await talk.Peer.ReceiveAsync()).GetProperty("method").GetString()!);
        while (methods[^1] != "end");
        Assert.True(methods is ["end"] or ["add", "$/cancelRequest", "end"], string.Join(", ", methods));
    }

    private sealed class Trigger(CancellationTokenSource source)
    {
        public int Value
        {
            get
            {
                source.Cancel();
                return 1;
            }
        }
    }
}
