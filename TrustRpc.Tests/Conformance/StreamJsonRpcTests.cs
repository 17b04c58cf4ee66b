using System.Text.Json;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Conformance;

/// <summary>
/// Section 8: what StreamJsonRpc's <c>LengthHeaderMessageHandler</c> with its <c>SystemTextJsonFormatter</c> puts on the wire, byte for byte, and that it can read what it is answered.
/// </summary>
public sealed class StreamJsonRpcTests
{
    private readonly Specimen _methods = new();
    private readonly RpcServices _services = new();

    public StreamJsonRpcTests() => _services
        .Add(_methods)
        .Add("Count", (int n) => AsyncEnumerable.Range(1, n))
        .Add("Sum", (IAsyncEnumerable<int> numbers, CancellationToken cancellationToken) => numbers.SumAsync(cancellationToken))
        .Add("Work", (int steps, IProgress<int> progress) => Enumerable.Range(1, steps).ToList().ForEach(progress.Report));

    [Theory]
    [Quotes("They send ids from 2, CLR method names and positional params")]
    [InlineData("""{"jsonrpc":"2.0","id":2,"method":"AddAsync","params":[2,40]}""", """{"jsonrpc":"2.0","id":2,"result":42}""")]
    [InlineData("""{"jsonrpc":"2.0","id":2,"method":"NothingAsync","params":[]}""", """{"jsonrpc":"2.0","id":2,"result":null}""")]
    [InlineData("""{"jsonrpc":"2.0","id":2,"method":"Greet","params":{"name":"Ada"}}""", """{"jsonrpc":"2.0","id":2,"result":"Hello, Ada!"}""")]
    [InlineData(
        """{"jsonrpc":"2.0","id":2,"method":"Greet","params":["Ada"],"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}""",
        """{"jsonrpc":"2.0","id":2,"result":"Hello, Ada!"}""")]
    public async Task Its_requests_are_answered_as_its_formatter_reads_them(string request, string answer)
    {
        await using RawConversation talk = RawConversation.Start(_services);

        await talk.Peer.SendAsync(request);

        Assert.Equal(answer, await talk.Peer.ReadAsync());
    }

    [Fact]
    public async Task Its_cancellation_ends_the_method_and_is_answered_with_its_code()
    {
        await using RawConversation talk = RawConversation.Start(_services);
        await talk.Peer.SendAsync("""{"jsonrpc":"2.0","id":2,"method":"WaitForCancellationAsync","params":[]}""");
        await _methods.EnteredAsync();

        await talk.Peer.SendAsync("""{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":2}}""");

        Assert.Equal((-32800, "2"), await talk.Peer.ReceiveErrorAsync() is var (code, id, _) ? (code, id) : default);
    }

    [Fact]
    public async Task Its_consumer_of_an_enumerable_gets_values_and_a_token_and_asks_by_position()
    {
        await using RawConversation talk = RawConversation.Start(_services, maxFrame: 4096);
        await talk.Peer.SendAsync("""{"jsonrpc":"2.0","id":2,"method":"CountAsync","params":[1000]}""");
        JsonElement first = (await talk.Peer.ReceiveAsync()).GetProperty("result");
        long token = first.GetProperty("token").GetInt64();
        List<int> seen = [.. Values(first)];

        for (int id = 3; ; id++)
        {
            await talk.Peer.SendAsync($$"""{"jsonrpc":"2.0","id":{{id}},"method":"$/enumerator/next","params":[{{token}}]}""");
            JsonElement batch = (await talk.Peer.ReceiveAsync()).GetProperty("result");
            seen.AddRange(Values(batch));
            if (batch.GetProperty("finished").GetBoolean())
            {
                break;
            }
        }

        Assert.Equal(Enumerable.Range(1, 1000), seen);
    }

    [Fact]
    public async Task Its_consumer_may_leave_early()
    {
        await using RawConversation talk = RawConversation.Start(_services);
        await talk.Peer.SendAsync("""{"jsonrpc":"2.0","id":2,"method":"Count","params":[1000000]}""");
        long token = (await talk.Peer.ReceiveAsync()).GetProperty("result").GetProperty("token").GetInt64();

        await talk.Peer.SendAsync($$"""{"jsonrpc":"2.0","method":"$/enumerator/abort","params":[{{token}}]}""");

        Assert.Equal("3", await talk.Peer.CallAsync(3, "AddAsync", "[1,2]"));
        Assert.Equal(0, talk.Connection.Streams.Producers.Count);
    }

    [Fact]
    public async Task Its_enumerable_argument_is_asked_for_and_its_batches_are_taken()
    {
        await using RawConversation talk = RawConversation.Start(_services);
        await talk.Peer.SendAsync("""{"jsonrpc":"2.0","id":2,"method":"SumAsync","params":[{"token":1}]}""");

        await AnswerNextAsync(talk, """{"values":[1,2],"finished":false}""");
        await AnswerNextAsync(talk, """{"values":[3],"finished":true}""");

        Assert.Equal("""{"jsonrpc":"2.0","id":2,"result":6}""", await talk.Peer.ReadAsync());
    }

    [Fact]
    public async Task Its_progress_argument_is_a_number_that_the_reports_carry()
    {
        await using RawConversation talk = RawConversation.Start(_services);

        await talk.Peer.SendAsync("""{"jsonrpc":"2.0","id":2,"method":"WorkAsync","params":[2,1]}""");

        Assert.Equal("""{"jsonrpc":"2.0","method":"$/progress","params":{"token":1,"value":1}}""", await talk.Peer.ReadAsync());
        Assert.Equal("""{"jsonrpc":"2.0","method":"$/progress","params":{"token":1,"value":2}}""", await talk.Peer.ReadAsync());
        Assert.Equal("""{"jsonrpc":"2.0","id":2,"result":null}""", await talk.Peer.ReadAsync());
    }

    [Fact]
    [Quotes("and answer `rpc.ping` with MethodNotFound")]
    public async Task As_a_server_it_is_called_read_and_told_apart()
    {
        await using RawConversation talk = RawConversation.Start(new());

        Task<RpcCallException> failing = Assert.ThrowsAsync<RpcCallException>(async () => await talk.Connection.CallAsync<int>("divide", [1, 0]));
        await talk.Peer.ReceiveAsync();
        await talk.Peer.SendAsync("""
            {"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"Attempted to divide by zero.","data":{"type":"System.DivideByZeroException","message":"Attempted to divide by zero.","stack":"   at M()","code":-2147352558,"inner":null}}}
            """.Trim());
        RpcCallException error = await failing.InTime();
        Assert.Equal((RpcErrorCode.ApplicationError, "System.DivideByZeroException"), (error.Code, error.ErrorData!.Value.GetProperty("type").GetString()));

        Task<RpcCallException> unknown = Assert.ThrowsAsync<RpcCallException>(async () => await talk.Connection.CallAsync<JsonElement>("rpc.discover"));
        await talk.Peer.ReceiveAsync();
        await talk.Peer.SendAsync("""{"jsonrpc":"2.0","id":2,"error":{"code":-32601,"message":"No method by the name 'rpc.discover' is found."}}""");
        Assert.Equal(RpcErrorCode.MethodNotFound, (await unknown.InTime()).Code);
    }

    [Fact]
    public async Task Its_reports_come_by_position_and_its_sequences_with_or_without_a_token()
    {
        await using RawConversation talk = RawConversation.Start(new());
        List<int> reports = [];
        Task work = talk.Connection.CallAsync("work", [new Told(reports.Add)]).AsTask();
        JsonElement request = await talk.Peer.ReceiveAsync();
        long token = request.GetProperty("params")[0].GetInt64();
        await talk.Peer.SendAsync($$"""{"jsonrpc":"2.0","method":"$/progress","params":[{{token}},7]}""", """{"jsonrpc":"2.0","id":1,"result":null}""");
        await work.InTime();
        Assert.Equal([7], reports);

        Task<List<int>> whole = talk.Connection.StreamAsync<int>("small").ToListAsync().AsTask();
        await talk.Peer.ReceiveAsync();
        await talk.Peer.SendAsync("""{"jsonrpc":"2.0","id":2,"result":{"values":[1,2,3]}}""");
        Assert.Equal([1, 2, 3], await whole.InTime());

        Task<List<int>> parts = talk.Connection.StreamAsync<int>("large").ToListAsync().AsTask();
        await talk.Peer.ReceiveAsync();
        await talk.Peer.SendAsync("""{"jsonrpc":"2.0","id":3,"result":{"token":1}}""");
        await AnswerNextAsync(talk, """{"values":[4],"finished":false}""");
        await AnswerNextAsync(talk, """{"values":[5],"finished":true}""");
        Assert.Equal([4, 5], await parts.InTime());
    }

    private static IEnumerable<int> Values(JsonElement batch)
        => batch.TryGetProperty("values", out JsonElement values) ? values.EnumerateArray().Select(value => value.GetInt32()) : [];

    private static async Task AnswerNextAsync(RawConversation talk, string result)
    {
        JsonElement next = await talk.Peer.ReceiveAsync();
        Assert.Equal(("$/enumerator/next", "[1]"), (next.GetProperty("method").GetString(), next.GetProperty("params").GetRawText()));
        await talk.Peer.SendAsync(RawPeer.Result(next.GetProperty("id").GetInt32(), result));
    }

    private sealed class Told(Action<int> report) : IProgress<int>
    {
        public void Report(int value) => report(value);
    }
}
