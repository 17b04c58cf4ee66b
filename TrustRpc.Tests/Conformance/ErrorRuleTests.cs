using System.Text.Json;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Conformance;

/// <summary>Section 5: whatever becomes of a method, its call is answered, and whatever it puts into its error, the connection lives.</summary>
public sealed class ErrorRuleTests
{
    private static readonly Dictionary<string, Func<JsonElement>> Data = new()
    {
        ["of a document that is disposed"] = OfDisposed,
        ["of no document"] = () => default,
        ["nested too deep"] = () => JsonElement.Parse(new string('[', 64) + new string(']', 64)),
    };

    [Theory]
    [InlineData("of a document that is disposed", false)]
    [InlineData("of a document that is disposed", true)]
    [InlineData("of no document", false)]
    [InlineData("nested too deep", false)]
    [Quotes("Exactly one response per request, also after a cancellation or a deadline.")]
    public async Task Data_that_cannot_be_written_is_left_out_of_the_error(string kind, bool later)
    {
        RpcServices services = new RpcServices()
            .Add("fail", () => later ? FailLaterAsync(kind) : throw Failure(kind))
            .Add("items", () => Items(kind));
        await using RawConversation talk = RawConversation.Start(services, time: new ManualTimeProvider()); // However busy the machine, the first answer has the first item.

        await talk.Peer.SendAsync(RawPeer.Request(1, "fail"));
        Assert.Equal((-32015, "1", "It is not here. (The error's data cannot be written as JSON and was left out.)"), await talk.Peer.ReceiveErrorAsync());
        await talk.Peer.CallAsync(2, "items");
        await talk.Peer.SendAsync(RawPeer.Request(3, "$/enumerator/next", "[1]"));
        Assert.Equal((-32015, "3"), (await talk.Peer.ReceiveErrorAsync()) is var (code, id, _) ? (code, id) : default);
        await talk.Peer.SendAsync(RawPeer.Request(4, "rpc.ping"));
        Assert.Equal("4", (await talk.Peer.ReceiveAsync()).GetProperty("id").GetRawText());
    }

    [Fact]
    [Quotes("Exactly one response per request, also after a cancellation or a deadline.")]
    public async Task A_result_whose_fault_takes_more_words_than_a_frame_holds_is_answered_all_the_same()
    {
        RpcServices services = new RpcServices().Add("measure", () => new Dictionary<string, double> { [new string('k', 5000)] = double.NaN });
        await using RawConversation talk = RawConversation.Start(services, maxFrame: 4096);

        await talk.Peer.SendAsync(RawPeer.Request(1, "measure"));

        (int code, string id, _) = await talk.Peer.ReceiveErrorAsync();
        Assert.Equal((-32003, "1"), (code, id));
    }

    [Theory]
    [InlineData("fail", -32603)]
    [InlineData("failOnPurpose", -32015)]
    [InlineData("value", -32003)]
    [InlineData("items", -32603)]
    public async Task An_exception_that_throws_when_it_is_asked_what_it_says_fails_its_call_alone(string method, int code)
    {
        RpcServices services = new RpcServices()
            .Add("fail", int () => throw new Speechless())
            .Add("failOnPurpose", int () => throw new SpeechlessOnPurpose())
            .Add("value", () => new Holder())
            .Add("items", SpeechlessItems);
        await using RawConversation talk = RawConversation.Start(services, exposesExceptions: true, time: new ManualTimeProvider());

        await talk.Peer.SendAsync(RawPeer.Request(1, method));

        (int answered, string id, _) = await talk.Peer.ReceiveErrorAsync();
        Assert.Equal((code, "1"), (answered, id));
        await talk.Peer.SendAsync(RawPeer.Request(2, "rpc.ping"));
        Assert.Equal("2", (await talk.Peer.ReceiveAsync()).GetProperty("id").GetRawText());
    }

    private static RpcException Failure(string kind) => new(RpcErrorCode.NotFound, "It is not here.") { ErrorData = Data[kind]() };

    private static async Task<int> FailLaterAsync(string kind)
    {
        await Task.Yield();
        throw Failure(kind);
    }

    private static async IAsyncEnumerable<int> Items(string kind)
    {
        yield return 1;
        await Task.Yield();
        throw Failure(kind);
    }

    private static JsonElement OfDisposed()
    {
        using JsonDocument document = JsonDocument.Parse("{}");
        return document.RootElement;
    }

    private static async IAsyncEnumerable<int> SpeechlessItems()
    {
        await Task.CompletedTask;
        yield return await Task.FromException<int>(new Speechless());
    }

    private sealed class Holder
    {
        public int Value => throw new Speechless();
    }

    private sealed class Speechless : Exception
    {
        public override string Message => throw new NotSupportedException("There are no words.");
    }

    private sealed class SpeechlessOnPurpose() : RpcException(RpcErrorCode.NotFound, "")
    {
        public override string Message => throw new NotSupportedException("There are no words.");
    }
}
