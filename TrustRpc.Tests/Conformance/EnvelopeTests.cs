using System.Text.Json;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Conformance;

/// <summary>Section 5: what a message may look like, and what is answered to one that is none.</summary>
public sealed class EnvelopeTests
{
    private readonly RpcServices _services = new();
    private readonly Specimen _methods = new();

    public EnvelopeTests() => _services.Add(_methods);

    [Theory]
    [InlineData("0")]
    [InlineData("1")]
    [InlineData("-1")]
    [InlineData("9007199254740991")]
    [InlineData("-9007199254740991")]
    [InlineData("\"\"")]
    [InlineData("\"1\"")]
    [InlineData("\"a text\"")]
    [InlineData("\"Zoë 🙂\"")]
    [InlineData("\"\\u0041\\n\\\"\\\\\\/\"")]
    [InlineData("\"\\uD83D\\uDE42\"")]
    [Quotes("an integer within ±(2⁵³−1) or a string of at most 128 bytes, echoed in the same form (1 and \"1\" differ; \"a\" and \"\\u0061\" are one id, each echoed as it came)")]
    public async Task An_id_is_echoed_as_it_came(string id)
    {
        await using RawConversation talk = RawConversation.Start(_services);

        Assert.Equal("3", await talk.Peer.CallAsync(id, "Add", "[1,2]"));
        Assert.Equal("null", await talk.Peer.CallAsync(id, "rpc.ping"));
        await talk.Peer.SendAsync(RawPeer.Request(id, "noSuchMethod"));
        Assert.Equal(id, (await talk.Peer.ReceiveErrorAsync()).Id);
        await talk.Peer.SendAsync(RawPeer.Request(id, "Fail", "[\"on purpose\"]"));
        Assert.Equal(id, (await talk.Peer.ReceiveErrorAsync()).Id);
    }

    [Fact]
    [Quotes("a string of at most 128 bytes")]
    public async Task An_id_of_128_bytes_is_the_longest_however_it_is_escaped()
    {
        await using RawConversation talk = RawConversation.Start(_services);
        string[] longest = ['"' + new string('x', 128) + '"', '"' + string.Concat(Enumerable.Repeat("ë", 64)) + '"', '"' + string.Concat(Enumerable.Repeat("\\u0041", 128)) + '"'];

        foreach (string id in longest)
            Assert.Equal("3", await talk.Peer.CallAsync(id, "Add", "[1,2]"));
        foreach (string id in longest)
        {
            await talk.Peer.SendAsync(RawPeer.Request(id[..^1] + "x\"", "Add", "[1,2]"));
            (int code, string answered, _) = await talk.Peer.ReceiveErrorAsync();
            Assert.Equal((-32600, "null"), (code, answered));
        }
    }

    [Theory]
    [InlineData("null")]
    [InlineData("1.0")]
    [InlineData("1.5")]
    [InlineData("1e0")]
    [InlineData("1E3")]
    [InlineData("true")]
    [InlineData("[1]")]
    [InlineData("{\"id\":1}")]
    [InlineData("9007199254740992")]
    [InlineData("-9007199254740992")]
    [InlineData("9223372036854775807")]
    [InlineData("-9223372036854775808")]
    [InlineData("123456789012345678901234567890")]
    [Quotes("Null, fraction or anything else: `-32600` with id null.")]
    public async Task An_id_of_another_kind_is_answered_by_an_error_without_one_and_the_connection_lives(string id)
    {
        await using RawConversation talk = RawConversation.Start(_services);

        await talk.Peer.SendAsync(RawPeer.Request(id, "Note", "[\"never\"]"));

        (int code, string answered, _) = await talk.Peer.ReceiveErrorAsync();
        Assert.Equal((-32600, "null"), (code, answered));
        Assert.Equal("3", await talk.Peer.CallAsync(1, "Add", "[1,2]"));
        Assert.Empty(_methods.Notes);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"Add\",\"params\":[1,2]}]")]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("7")]
    [InlineData("\"text\"")]
    [InlineData("{}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1,\"params\":[]}")]
    [InlineData(" \r\n\t{\"METHOD\":\"Add\"} ")]
    [Quotes("Well-formed JSON that is no message (a root array, an object of no kind): `-32600` with id null, and the connection lives.")]
    public async Task JSON_that_is_no_message_is_answered_by_an_error_without_an_id(string body)
    {
        await using RawConversation talk = RawConversation.Start(_services);

        await talk.Peer.SendAsync(body);

        (int code, string id, _) = await talk.Peer.ReceiveErrorAsync();
        Assert.Equal((-32600, "null"), (code, id));
        Assert.Equal("3", await talk.Peer.CallAsync(1, "Add", "[1,2]"));
    }

    [Theory]
    [InlineData("\"jsonrpc\":\"1.0\",\"params\":[1,2]")]
    [InlineData("\"jsonrpc\":2.0,\"params\":[1,2]")]
    [InlineData("\"jsonrpc\":\"2.0\",\"params\":7")]
    [InlineData("\"jsonrpc\":\"2.0\",\"params\":\"text\"")]
    [InlineData("\"jsonrpc\":\"2.0\",\"params\":null")]
    [InlineData("\"jsonrpc\":\"2.0\",\"params\":[1,2],\"timeout\":0")]
    [InlineData("\"jsonrpc\":\"2.0\",\"params\":[1,2],\"timeout\":-1")]
    [InlineData("\"jsonrpc\":\"2.0\",\"params\":[1,2],\"timeout\":1.5")]
    [InlineData("\"jsonrpc\":\"2.0\",\"params\":[1,2],\"timeout\":\"1\"")]
    [InlineData("\"jsonrpc\":\"2.0\",\"params\":[1,2],\"timeout\":null")]
    [InlineData("\"jsonrpc\":\"2.0\",\"params\":[1,2],\"meta\":[]")]
    [InlineData("\"jsonrpc\":\"2.0\",\"params\":[1,2],\"meta\":{\"a\":1}")]
    [InlineData("\"jsonrpc\":\"2.0\",\"params\":[1,2],\"meta\":{\"a\":{}}")]
    [Quotes("Exactly one response per request, also after a cancellation or a deadline.")]
    public async Task A_request_with_a_malformed_member_is_answered_under_its_own_id(string members)
    {
        await using RawConversation talk = RawConversation.Start(_services);

        await talk.Peer.SendAsync($$"""{"id":5,"method":"Add",{{members}}}""");

        (int code, string id, _) = await talk.Peer.ReceiveErrorAsync();
        Assert.Equal((-32600, "5"), (code, id));
        Assert.Equal("3", await talk.Peer.CallAsync(5, "Add", "[1,2]"));
    }

    [Fact]
    [Quotes("The kind of a message is the first present of `method`, `result`, `error`.")]
    public async Task A_method_makes_a_request_whatever_else_is_there()
    {
        await using RawConversation talk = RawConversation.Start(_services);

        await talk.Peer.SendAsync("""{"result":1,"error":{"code":1,"message":"x"},"params":[1,2],"id":1,"method":"Add","jsonrpc":"2.0"}""");
        Assert.Equal(3, (await talk.Peer.ReceiveAsync()).GetProperty("result").GetInt32());

        Task<int> call = talk.Connection.CallAsync<int>("add").AsTask();
        await talk.Peer.ReceiveAsync();
        await talk.Peer.SendAsync("""{"error":{"code":1,"message":"x"},"result":4,"id":1,"jsonrpc":"2.0"}""");
        Assert.Equal(4, await call.InTime());
    }

    [Fact]
    [Quotes("Writers put `jsonrpc`, `id`, `method` first and `params` or `result` last; readers take any order.")]
    public async Task Members_are_read_in_any_order_and_written_in_one()
    {
        await using RawConversation talk = RawConversation.Start(_services);
        string[] members = ["\"jsonrpc\":\"2.0\"", "\"id\":1", "\"method\":\"Add\"", "\"params\":[1,2]"];

        foreach (string[] order in Permutations(members))
        {
            await talk.Peer.SendAsync("{" + string.Join(" , ", order) + "}");
            Assert.Equal("""{"jsonrpc":"2.0","id":1,"result":3}""", await talk.Peer.ReadAsync());
        }

        Task<int> call = talk.Connection.CallAsync<int>("add", [1, "x"]).AsTask();
        Assert.Equal("""{"jsonrpc":"2.0","id":1,"method":"add","params":[1,"x"]}""", await talk.Peer.ReadAsync());
        await talk.Peer.SendAsync("""{"result":4,"id":1}""");
        Assert.Equal(4, await call.InTime());
        await talk.Connection.NotifyAsync("note", new { text = "…" }).InTime();
        Assert.Equal("""{"jsonrpc":"2.0","method":"note","params":{"text":"…"}}""", await talk.Peer.ReadAsync());
    }

    [Fact]
    [Quotes("`result` is always written, `null` for nothing; `error` always has an integer `code` and a string `message`.")]
    public async Task Nothing_is_written_as_null()
    {
        await using RawConversation talk = RawConversation.Start(_services);

        Assert.Equal("null", await talk.Peer.CallAsync(1, "Nothing"));
        Assert.Equal("null", await talk.Peer.CallAsync(2, "Null"));
        Assert.Equal("null", await talk.Peer.CallAsync(3, "Note", "[\"x\"]"));
        await talk.Peer.SendAsync(RawPeer.Request(4, "Fail", "[\"text\"]"));
        Assert.Equal("""{"jsonrpc":"2.0","id":4,"error":{"code":-32000,"message":"text"}}""", await talk.Peer.ReadAsync());
    }

    [Theory]
    [InlineData("\"id\":1")]
    [InlineData("\"jsonrpc\":\"2.0\"")]
    [InlineData("\"method\":\"Add\"")]
    [InlineData("\"params\":[1,2]")]
    [InlineData("\"par\\u0061ms\":[1,2]")]
    [InlineData("\"x\":1")]
    [InlineData("\"\\u0078\":2")]
    [Quotes("duplicate envelope members")]
    public async Task A_member_that_stands_twice_closes_the_connection(string member)
    {
        await using RawConversation talk = RawConversation.Start(_services);

        await talk.Peer.SendAsync($$"""{"jsonrpc":"2.0","id":1,"x":1,"method":"Add","params":[1,2],{{member}}}""");

        await talk.Peer.ExpectGoAwayAndEndAsync("protocol");
    }

    [Fact]
    [Quotes("All other envelope members belong to this protocol; unknown ones are ignored.")]
    public async Task Unknown_members_are_ignored_and_escaped_names_are_known()
    {
        await using RawConversation talk = RawConversation.Start(_services);

        await talk.Peer.SendAsync("""{"ID":7,"Method":"x","x":{"method":[1,2,{"id":3}]},"jsonrpc":"2.0","i\u0064":1,"\u006dethod":"Add","p\u0061rams":[1,2],"":null}""");

        Assert.Equal("""{"jsonrpc":"2.0","id":1,"result":3}""", await talk.Peer.ReadAsync());
    }

    [Theory]
    [InlineData("\"method\":\"Nothing\"")]
    [InlineData("\"method\":\"Nothing\",\"params\":[]")]
    [InlineData("\"method\":\"Nothing\",\"params\":{}")]
    [InlineData("\"method\":\"N\\u006fthing\"")]
    [Quotes("array (by position) or object (by name); absent means none.")]
    public async Task Absent_params_are_none(string members)
    {
        await using RawConversation talk = RawConversation.Start(_services);

        await talk.Peer.SendAsync($$"""{"jsonrpc":"2.0","id":1,{{members}}}""");

        Assert.Equal("""{"jsonrpc":"2.0","id":1,"result":null}""", await talk.Peer.ReadAsync());
    }

    [Fact]
    [Quotes("Member names are matched ignoring case on reading.")]
    public async Task Names_of_arguments_are_matched_ignoring_case()
    {
        await using RawConversation talk = RawConversation.Start(_services);

        Assert.Equal("3", await talk.Peer.CallAsync(1, "Add", """{"B":2,"A":1}"""));
    }

    [Fact]
    [Quotes("optional): object of strings, at most 8 KiB;")]
    public async Task Meta_is_an_object_of_strings_of_at_most_8_KiB()
    {
        await using RawConversation talk = RawConversation.Start(_services, maxFrame: 100_000);
        string largest = $$"""{"a":"{{new string('x', (8 * 1024) - 8)}}"}""";
        Assert.Equal(8 * 1024, largest.Length);

        foreach (string meta in (string[])["{}", "{\"authorization\":\"Bearer x\",\"b\":\"\"}", largest])
        {
            await talk.Peer.SendAsync($$"""{"jsonrpc":"2.0","id":1,"method":"Add","params":[1,2],"meta":{{meta}}}""");
            Assert.Equal(3, (await talk.Peer.ReceiveAsync()).GetProperty("result").GetInt32());
        }

        await talk.Peer.SendAsync($$"""{"jsonrpc":"2.0","id":1,"method":"Add","params":[1,2],"meta":{{largest.Replace("{\"a", "{\"aa", StringComparison.Ordinal)}}}""");
        Assert.Equal(-32600, (await talk.Peer.ReceiveErrorAsync()).Code);
    }

    [Fact]
    [Quotes("`traceparent`, `tracestate` (request, optional): W3C trace context.")]
    public async Task A_trace_context_harms_nothing_whatever_it_holds()
    {
        await using RawConversation talk = RawConversation.Start(_services);

        foreach (string trace in (string[])["\"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\"", "\"\"", "\"nonsense\"", "null", "7"])
        {
            await talk.Peer.SendAsync($$"""{"jsonrpc":"2.0","id":1,"method":"Add","traceparent":{{trace}},"tracestate":{{trace}},"params":[1,2]}""");
            Assert.Equal(3, (await talk.Peer.ReceiveAsync()).GetProperty("result").GetInt32());
        }
    }

    [Theory]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":\"text\"}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":null}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{}}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":\"1\",\"message\":\"x\"}}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":1.5,\"message\":\"x\"}}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":1}}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":1,\"message\":7}}")]
    [Quotes("`error` always has an integer `code` and a string `message`.")]
    public async Task A_malformed_error_ends_its_call_all_the_same(string answer)
    {
        await using RawConversation talk = RawConversation.Start(_services);
        Task<int> call = talk.Connection.CallAsync<int>("add").AsTask();
        await talk.Peer.ReceiveAsync();

        await talk.Peer.SendAsync(answer);

        Assert.Equal(RpcErrorCode.InvalidRequest, (await Assert.ThrowsAsync<RpcCallException>(() => call.InTime())).Code);
        Assert.Equal("3", await talk.Peer.CallAsync(1, "Add", "[1,2]"));
    }

    [Theory]
    [InlineData("{\"id\":1,\"result\":4}")]
    [InlineData("{\"jsonrpc\":\"1.0\",\"id\":1,\"result\":4}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":4,\"params\":7,\"timeout\":0,\"meta\":[]}")]
    public async Task A_response_is_taken_by_its_id_and_result_whatever_else_it_holds(string answer)
    {
        await using RawConversation talk = RawConversation.Start(_services);
        Task<int> call = talk.Connection.CallAsync<int>("add").AsTask();
        await talk.Peer.ReceiveAsync();

        await talk.Peer.SendAsync(answer);

        Assert.Equal(4, await call.InTime());
    }

    [Theory]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":4}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":4}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":-1,\"result\":4}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":17,\"result\":4}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":\"1\",\"result\":4}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1.0,\"result\":4}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":null,\"result\":4}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":[1],\"result\":4}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"result\":4}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":\"no message\"}}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":9007199254740991,\"error\":\"x\"}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":-9223372036854775808,\"result\":1}")]
    [Quotes("A response to an unknown id is ignored and counted.")]
    public async Task A_response_to_nothing_is_ignored_and_counted_and_never_answered(string stray)
    {
        await using RawConversation talk = RawConversation.Start(_services);
        Task<int> call = talk.Connection.CallAsync<int>("add").AsTask();
        await talk.Peer.ReceiveAsync();

        await talk.Peer.SendAsync(stray, RawPeer.Request(1, "Add", "[1,2]"));

        Assert.Equal("""{"jsonrpc":"2.0","id":1,"result":3}""", await talk.Peer.ReadAsync());
        Assert.Equal(1, talk.Connection.StrayResponses);
        Assert.False(call.IsCompleted);
        await talk.Peer.SendAsync(RawPeer.Result(1, "5"), RawPeer.Result(1, "6"));
        Assert.Equal(5, await call.InTime());
        await Patience.UntilAsync(() => talk.Connection.StrayResponses == 2);
    }

    private static IEnumerable<string[]> Permutations(string[] items)
    {
        if (items.Length == 1) return [items];
        return items.SelectMany((item, i) => Permutations([.. items[..i], .. items[(i + 1)..]]).Select(rest => (string[])[item, .. rest]));
    }
}
