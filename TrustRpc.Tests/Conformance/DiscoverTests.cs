using System.Text.Json;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Conformance;

/// <summary>Section 5.2: <c>rpc.discover</c>.</summary>
public sealed class DiscoverTests
{
    private readonly RpcServices _services = new RpcServices().Add("greet", (string name) => $"Hello, {name}!");

    [Theory]
    [InlineData(false, "")]
    [InlineData(false, "[]")]
    [InlineData(true, "{}")]
    [Quotes("It is a request like any other: it has a place among the calls in flight, a deadline")]
    public async Task It_is_answered_with_the_document_however_its_params_are_written(bool onThread, string parameters)
    {
        await using RawConversation talk = RawConversation.Start(_services, onThread, maxFrame: 1024 * 1024);

        await talk.Peer.SendAsync(parameters.Length == 0 ? """{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}""" : RawPeer.Request(1, "rpc.discover", parameters));
        JsonElement document = (await talk.Peer.ReceiveAsync()).GetProperty("result");

        Assert.Equal("greet", Assert.Single(document.GetProperty("methods").EnumerateArray()).GetProperty("name").GetString());
        Assert.True(JsonElement.DeepEquals(_services.Describe(), document));
    }

    [Theory]
    [InlineData("rpc.discoverAsync", "[]", -32601)]
    [InlineData("rpc.discover", "[1]", -32602)]
    [InlineData("rpc.other", "[]", -32601)]
    public async Task Its_name_is_exact_and_it_takes_nothing(string method, string parameters, int code)
    {
        await using RawConversation talk = RawConversation.Start(_services, maxFrame: 1024 * 1024);

        await talk.Peer.SendAsync(RawPeer.Request(1, method, parameters));

        Assert.Equal(code, (await talk.Peer.ReceiveErrorAsync()).Code);
    }

    [Fact]
    [Quotes("and a document over the frame limit is answered with `-32003`")]
    public async Task A_document_that_does_not_fit_into_a_frame_is_refused_and_says_why()
    {
        await using RawConversation talk = RawConversation.Start(_services, maxFrame: 4096);
        for (int i = 0; i < 20; i++)
        {
            _services.Add($"method{i}", (int a, int b) => a + b);
        }

        await talk.Peer.SendAsync(RawPeer.Request(1, "rpc.discover", "[]"));
        (int code, _, string message) = await talk.Peer.ReceiveErrorAsync();

        Assert.Equal(-32003, code);
        Assert.Contains("rpc.discover", message, StringComparison.Ordinal);
        Assert.Equal("\"Hello, Ada!\"", await talk.Peer.CallAsync(2, "greet", "[\"Ada\"]"));
    }

    [Fact]
    public async Task Nothing_but_the_protocol_may_be_registered_under_such_a_name()
    {
        Assert.Throws<InvalidOperationException>(() => _services.Add("rpc.discover", () => 1));
        await using RpcPair pair = await RpcPair.OpenAsync("in memory");

        JsonElement document = await pair.Client.CallAsync<JsonElement>("rpc.discover");

        Assert.Equal(pair.Server.Services.Methods.Count, document.GetProperty("methods").GetArrayLength());
    }
}
