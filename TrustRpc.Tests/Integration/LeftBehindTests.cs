using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration;

/// <summary>Threads are shared by calls that have nothing to do with one another.</summary>
public sealed class LeftBehindTests
{
    private readonly AsyncLocal<string?> _user = new();
    private readonly TaskCompletionSource<string?> _noted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly RpcServices _services = new();

    public LeftBehindTests() => _services
        .Add("enter", (string user) => { _user.Value = user; })
        .Add("who", () => _user.Value)
        .Add("note", () => { _noted.TrySetResult(_user.Value); })
        .Add("enterEach", EnterEach);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_method_has_set_for_its_own_course_is_not_seen_by_the_next_call_on_its_thread(bool onThread)
    {
        await using RawConversation talk = RawConversation.Start(_services, onThread);

        await talk.Peer.SendAsync(
            RawPeer.Request(1, "enter", "[\"Alice\"]"), RawPeer.Request(2, "who"), RawPeer.Request(3, "enterEach"), RawPeer.Request(4, "who"),
            RawPeer.Notification("enter", "[\"Bob\"]"), RawPeer.Notification("note"));

        Dictionary<string, System.Text.Json.JsonElement> answers = await talk.Peer.ReceiveAsync(4);
        Assert.Equal("null", answers["2"].GetProperty("result").GetRawText());
        Assert.Equal("null", answers["4"].GetProperty("result").GetRawText());
        Assert.Null(await _noted.Task.InTime());
    }

    private IEnumerable<int> EnterEach()
    {
        _user.Value = "Carol";
        yield return 1;
    }
}
