using System.Text.Json;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Conformance;

/// <summary>Section 5: progress arguments and <c>$/progress</c>, with a raw peer at either end.</summary>
public sealed class ProgressTests
{
    private readonly RpcServices _services = new();
    private IProgress<int>? _kept;

    public ProgressTests() => _services.Add("work", (IProgress<int> progress, int count) =>
    {
        _kept = progress;
        for (int i = 1; i <= count; i++)
            progress.Report(i);
        return count;
    });

    [Fact]
    public async Task Reports_carry_the_callers_token_and_come_in_order_and_before_the_response()
    {
        await using RawConversation talk = RawConversation.Start(_services);
        await talk.Peer.SendAsync(RawPeer.Request(1, "work", "[0,3]"));

        for (int i = 1; i <= 3; i++)
            Assert.Equal($$$"""{"jsonrpc":"2.0","method":"$/progress","params":{"token":0,"value":{{{i}}}}}""", await talk.Peer.ReadAsync());
        Assert.Equal("3", (await talk.Peer.ReceiveAsync()).GetProperty("result").GetRawText());
        _kept!.Report(4);
        Assert.Equal("null", await talk.Peer.CallAsync(2, "rpc.ping"));
    }

    [Fact]
    public async Task Null_says_that_no_reports_are_wanted()
    {
        await using RawConversation talk = RawConversation.Start(_services);

        Assert.Equal("2", await talk.Peer.CallAsync(1, "work", "[null,2]"));
    }

    [Fact]
    public async Task A_progress_argument_may_be_left_out()
    {
        _services.Add("work_on", (int count, IProgress<int> progress) =>
        {
            progress.Report(count);
            return count;
        });
        await using RawConversation talk = RawConversation.Start(_services);

        Assert.Equal("2", await talk.Peer.CallAsync(1, "work_on", "[2]"));
        Assert.Equal("3", await talk.Peer.CallAsync(2, "work", """{"count":3}"""));
    }

    [Theory]
    [InlineData("\"x\"")]
    [InlineData("1.5")]
    [InlineData("{}")]
    public async Task A_token_that_is_no_integer_is_refused(string token)
    {
        await using RawConversation talk = RawConversation.Start(_services);
        await talk.Peer.SendAsync(RawPeer.Request(1, "work", $"[{token},1]"));

        Assert.Equal(-32602, (await talk.Peer.ReceiveErrorAsync()).Code);
    }

    [Fact]
    public async Task A_callers_reports_arrive_in_order_before_its_result_and_later_ones_are_dropped()
    {
        await using RawConversation talk = RawConversation.Start(new());
        Heard heard = new();
        Task<int> call = talk.Connection.CallAsync<int>("work", [heard]).AsTask();
        long token = (await talk.Peer.ReceiveAsync()).GetProperty("params")[0].GetInt64();

        await talk.Peer.SendAsync(
            RawPeer.Notification("$/progress", $$"""{"token":{{token}},"value":1}"""),
            RawPeer.Notification("$/progress", $"[{token},2]"),
            RawPeer.Notification("$/progress", $$"""{"value":3,"token":{{token}}}"""),
            RawPeer.Notification("$/progress", $$"""{"token":{{token + 1}},"value":99}"""),
            RawPeer.Notification("$/progress", $$"""{"token":{{token}}}"""),
            RawPeer.Notification("$/progress", $$"""{"token":{{token}},"value":"text"}"""),
            RawPeer.Result(1, "7"),
            RawPeer.Notification("$/progress", $$"""{"token":{{token}},"value":4}"""));

        Assert.Equal(7, await call.InTime());
        Assert.Equal([1, 2, 3], heard.Reports);
        Assert.Equal("null", await talk.Peer.CallAsync(1, "rpc.ping"));
        Assert.Equal([1, 2, 3], heard.Reports);
    }

    [Fact]
    public async Task Tokens_differ_among_the_calls_in_flight()
    {
        await using RawConversation talk = RawConversation.Start(new());
        Task first = talk.Connection.CallAsync<int>("work", [new Heard(), new Heard()]).AsTask();
        Task second = talk.Connection.CallAsync<int>("work", [new Heard()]).AsTask();
        JsonElement one = (await talk.Peer.ReceiveAsync()).GetProperty("params");
        JsonElement other = (await talk.Peer.ReceiveAsync()).GetProperty("params");

        Assert.Equal(3, new[] { one[0], one[1], other[0] }.Select(token => token.GetInt64()).Distinct().Count());
        await talk.Peer.SendAsync(RawPeer.Result(1, "1"), RawPeer.Result(2, "1"));
        await Task.WhenAll(first, second).InTime();
    }

    [Fact]
    public async Task A_handler_that_throws_loses_its_report_alone()
    {
        await using RawConversation talk = RawConversation.Start(new());
        Heard heard = new() { Throws = 1 };
        Task<int> call = talk.Connection.CallAsync<int>("work", [heard]).AsTask();
        long token = (await talk.Peer.ReceiveAsync()).GetProperty("params")[0].GetInt64();
        await talk.Peer.SendAsync(
            RawPeer.Notification("$/progress", $"[{token},1]"), RawPeer.Notification("$/progress", $"[{token},2]"), RawPeer.Result(1, "7"));

        Assert.Equal(7, await call.InTime());
        Assert.Equal([2], heard.Reports);
    }

    [Fact]
    public async Task A_slow_handler_holds_up_its_own_call_and_no_other()
    {
        using SemaphoreSlim gate = new(0);
        await using RawConversation talk = RawConversation.Start(new());
        Heard heard = new() { Gate = gate };
        Task<int> call = talk.Connection.CallAsync<int>("work", [heard]).AsTask();
        long token = (await talk.Peer.ReceiveAsync()).GetProperty("params")[0].GetInt64();
        Task<int> other = talk.Connection.CallAsync<int>("other").AsTask();
        await talk.Peer.ReceiveAsync();
        await talk.Peer.SendAsync(RawPeer.Notification("$/progress", $"[{token},1]"), RawPeer.Result(1, "7"), RawPeer.Result(2, "8"));

        Assert.Equal(8, await other.InTime());
        Assert.False(call.IsCompleted);
        gate.Release();
        Assert.Equal(7, await call.InTime());
        Assert.Equal([1], heard.Reports);
    }

    private sealed class Heard : IProgress<int>
    {
        public List<int> Reports { get; } = [];

        public int Throws { get; init; }

        public SemaphoreSlim? Gate { get; init; }

        public void Report(int value)
        {
            if (Gate is not null) Assert.True(Gate.Wait(Patience.Limit));
            if (value == Throws) throw new InvalidOperationException("The handler is broken.");
            Reports.Add(value);
        }
    }
}
