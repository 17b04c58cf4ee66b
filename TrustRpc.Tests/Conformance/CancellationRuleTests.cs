using System.Text.Json;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Conformance;

/// <summary>Section 5: cancellations of calls.</summary>
public sealed class CancellationRuleTests
{
    private readonly RpcServices _services = new();
    private readonly Specimen _methods = new();

    public CancellationRuleTests() => _services.Add(_methods);

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

    [Fact]
    public async Task A_call_that_is_cancelled_before_its_request_has_begun_to_leave_is_not_sent_and_frees_its_place()
    {
        TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using RawConversation talk = RawConversation.Start(_services, maxCalls: 2, wrap: stream => new ChoppyStream(stream) { BeforeWrite = _ => gate.Task });
        using CancellationTokenSource given = new();
        Task<int> leaving = talk.Connection.CallAsync<int>("add", [1]).AsTask();
        Task<int> waiting = talk.Connection.CallAsync<int>("add", [2], given.Token).AsTask();

        await given.CancelAsync();
        OperationCanceledException e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.InTime());
        Task<int> next = talk.Connection.CallAsync<int>("add", [3]).AsTask();
        gate.SetResult();

        Assert.Equal(given.Token, e.CancellationToken);
        JsonElement first = await talk.Peer.ReceiveAsync();
        JsonElement second = await talk.Peer.ReceiveAsync();
        Assert.Equal(("[1]", "[3]"), (first.GetProperty("params").GetRawText(), second.GetProperty("params").GetRawText()));
        await talk.Peer.SendAsync(RawPeer.Result(first.GetProperty("id").GetInt64(), "10"), RawPeer.Result(second.GetProperty("id").GetInt64(), "30"));
        Assert.Equal((10, 30), (await leaving.InTime(), await next.InTime()));
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
