using System.Collections.Concurrent;
using System.Text.Json;
using TrustRpc.Services;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Conformance;

/// <summary>Section 5: what begins when, and what a slow method holds up; against a connection that reads asynchronously and one that reads on a thread.</summary>
public sealed class StartRuleTests
{
    private readonly RpcServices _services = new();
    private readonly Specimen _methods = new();

    public StartRuleTests() => _services.Add(_methods);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Quotes("Requests start in the order of arrival and finish in any")]
    public async Task Requests_start_in_the_order_of_arrival(bool onThread)
    {
        ConcurrentQueue<(int Thread, int Number)> begun = new();
        _services.Add("enter", (int number) => begun.Enqueue((Environment.CurrentManagedThreadId, number)));
        Assert.True(_services.TryFind("enter"u8, out MethodDescriptor? method));
        int[] inOrder = [.. Enumerable.Range(0, 500)];
        for (int tries = 1; !begun.Select(enter => enter.Number).SequenceEqual(inOrder); tries++)
        {
            // Where the machine holds a thread up before the method's first line, another goes on: each has begun in its turn, which the methods themselves cannot show then.
            Assert.True(tries <= 20, $"Never in order, at last: {string.Join(' ', begun)}");
            method.Forgive();
            begun.Clear();
            await using RawConversation talk = RawConversation.Start(_services, onThread, maxFrame: 100_000, maxCalls: 1000);

            await talk.Peer.SendAsync([.. inOrder.Select(i => RawPeer.Request(i, "enter", $"[{i}]"))]);
            await talk.Peer.ReceiveAsync(500);

            Assert.Equal(inOrder, begun.Select(enter => enter.Number).Order());
            Assert.All(begun.GroupBy(enter => enter.Thread, enter => enter.Number), numbers => Assert.Equal(numbers.Order(), numbers));
        }
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
    [Quotes("a slow method never delays another call, a ping or a cancellation.")]
    public async Task However_many_methods_block_the_next_one_begins_and_those_that_await_go_on(bool onThread)
    {
        const int Blocked = 200; // The pool would take minutes to have a thread for each.
        await using RawConversation talk = RawConversation.Start(_services, onThread, maxFrame: 100_000, maxCalls: 1000);

        await talk.Peer.SendAsync([.. Enumerable.Range(1, Blocked).Select(i => RawPeer.Request(i, "Block", $"[{i}]"))]);
        await _methods.EnteredAsync(Blocked);
        Assert.Equal("3", await talk.Peer.CallAsync("\"later\"", "AddLater", "[1,2]"));
        _methods.Open();

        Assert.Equal(Blocked, (await talk.Peer.ReceiveAsync(Blocked)).Count);
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
}
