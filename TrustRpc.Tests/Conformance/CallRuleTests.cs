using System.Text.Json;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Conformance;

/// <summary>Section 5: ids in flight and names.</summary>
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
    [InlineData(false, "\"a\"", "\"\\u0061\"")]
    [InlineData(true, "\"\\u0061\"", "\"a\"")]
    [InlineData(false, "\"\\n\\/\"", "\"\\u000a/\"")]
    [Quotes("A second request with an id still in flight closes the connection.")]
    public async Task A_second_request_with_an_id_in_flight_closes_the_connection(bool onThread, string id, string? again = null)
    {
        await using RawConversation talk = RawConversation.Start(_services, onThread);

        await talk.Peer.SendAsync(RawPeer.Request(id, "WaitForGate", "[1]"));
        await _methods.EnteredAsync();
        await talk.Peer.SendAsync(RawPeer.Request(again ?? id, "Add", "[1,2]"));

        Assert.Equal("protocol", (await talk.Peer.ReceiveAsync()).GetProperty("params").GetProperty("reason").GetString());
        (int code, string answered, _) = await talk.Peer.ReceiveErrorAsync();
        Assert.Equal((-32800, id), (code, answered));
        await talk.Peer.ExpectEndAsync();
    }

    [Theory]
    [InlineData("rpc.ping", "[]")]
    [InlineData("rpc.discover", "[]")]
    [InlineData("no such method", "[]")]
    [InlineData("$/enumerator/next", "[1]")]
    [Quotes("A second request with an id still in flight closes the connection.")]
    public async Task So_does_one_that_would_not_be_run(string method, string parameters)
    {
        await using RawConversation talk = RawConversation.Start(_services);

        await talk.Peer.SendAsync(RawPeer.Request(1, "WaitForGate", "[1]"));
        await _methods.EnteredAsync();
        await talk.Peer.SendAsync(RawPeer.Request(1, method, parameters));

        Assert.Equal("protocol", (await talk.Peer.ReceiveAsync()).GetProperty("params").GetProperty("reason").GetString());
    }

    [Fact]
    [Quotes("A second request with an id still in flight closes the connection.")]
    public async Task So_does_one_that_is_refused()
    {
        await using RawConversation talk = RawConversation.Start(_services, maxCalls: 1);

        await talk.Peer.SendAsync(RawPeer.Request(1, "WaitForGate", "[1]"));
        await _methods.EnteredAsync();
        await talk.Peer.SendAsync(RawPeer.Request(1, "Add", "[1,2]"));

        Assert.Equal("protocol", (await talk.Peer.ReceiveAsync()).GetProperty("params").GetProperty("reason").GetString());
    }

    [Theory]
    [InlineData("Add", "[1,2]")]
    [InlineData("rpc.ping", "[]")]
    [InlineData("$/enumerator/next", "[1]")]
    [Quotes("A second request with an id still in flight closes the connection.")]
    public async Task So_does_one_with_the_id_of_an_open_request_for_items(string method, string parameters)
    {
        TaskCompletionSource never = new();
        _services.Add("wait", () => EmptyAfter(never.Task));
        await using RawConversation talk = RawConversation.Start(_services);
        await talk.Peer.SendAsync(RawPeer.Request(1, "wait"));
        Assert.True((await talk.Peer.ReceiveAsync()).TryGetProperty("result", out _));

        await talk.Peer.SendAsync(RawPeer.Request(2, "$/enumerator/next", "[1]"), RawPeer.Request(2, method, parameters));

        Assert.Equal("protocol", (await talk.Peer.ReceiveAsync()).GetProperty("params").GetProperty("reason").GetString());
        never.SetResult();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Quotes("echoed in the same form (1 and \"1\" differ;")]
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
    [Quotes("| `rpc.ping` | request | answered at once with `null`; where its params are `{\"time\":true}`, with `{\"time\":T}`, the callee's clock in Unix milliseconds")]
    public async Task A_ping_that_asks_for_it_is_answered_with_the_clock()
    {
        ManualTimeProvider time = new();
        await using RawConversation talk = RawConversation.Start(_services, time: time);

        Assert.Equal($$"""{"time":{{time.GetUtcNow().ToUnixTimeMilliseconds()}}}""", await talk.Peer.CallAsync(1, "rpc.ping", """{"time":true}"""));
        Assert.Equal("null", await talk.Peer.CallAsync(2, "rpc.ping", """{"time":false}"""));
    }

    [Fact]
    [Quotes("| `rpc.ping` | request | answered at once with `null`;")]
    public async Task A_ping_is_answered_with_null_whatever_else_its_params_are()
    {
        await using RawConversation talk = RawConversation.Start(_services);

        foreach (string parameters in (string[])["[]", "{}", "[1,2]", "[true]", "{\"a\":1}", "{\"time\":1}"])
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

    private static async IAsyncEnumerable<int> EmptyAfter(Task end)
    {
        await end;
        yield break;
    }
}
