using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration;

/// <summary>Either side calls the other on the same connection, also while the other waits for it.</summary>
public class CallBackTests
{
    public static TheoryData<string> Transports => TransportCase.All;

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_server_calls_a_client_that_waits_for_nothing(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport, client: options => options.Services.Add("name", () => "Alice"));

        Assert.Equal("Alice", await pair.ServerSide.CallAsync<string>("name").InTime());
        Assert.Equal("Alice", await Patience.OnOwnThread(() => pair.ServerSide.Call<string>("name")).InTime());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_method_asks_its_caller_before_it_answers(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport, client: options => options.Services.Add("name", () => "Alice"));
        pair.Server.Services.Add("hello", async Task<string> (RpcContext context) => $"Hello, {await context.CallAsync<string>("name")}!");
        pair.Server.Services.Add("helloBlocking", (RpcContext context) => $"Hello, {context.Call<string>("name")}!");

        Assert.Equal("Hello, Alice!", await pair.Client.CallAsync<string>("hello").InTime());
        Assert.Equal("Hello, Alice!", await pair.Client.CallAsync<string>("helloBlocking").InTime());
        Assert.Equal("Hello, Alice!", await Patience.OnOwnThread(() => pair.Client.Call<string>("hello")).InTime());
        Assert.Equal("Hello, Alice!", await Patience.OnOwnThread(() => pair.Client.Call<string>("helloBlocking")).InTime());
    }

    [Fact]
    public async Task A_method_that_fails_because_its_connection_was_aborted_tells_its_caller_nothing()
    {
        RpcServices services = new RpcServices().Add("ask", async Task<string> (RpcContext context) => await context.CallAsync<string>("name")).Add("askBlocking", (RpcContext context) => context.Call<string>("name"));
        for (int round = 0; round < 200; round++)
        {
            await using RawConversation talk = RawConversation.Start(services);
            await talk.Peer.SendAsync(RawPeer.Request(1, "ask"), RawPeer.Request(2, "askBlocking"));
            for (int i = 0; i < 2; i++) Assert.Equal("name", (await talk.Peer.ReceiveAsync()).GetProperty("method").GetString());

            talk.Connection.Abort();

            Assert.Null(await talk.Peer.ReadAsync());
        }
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Calls_nest_back_and_forth(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport, client: options => options.Services.Add(new Specimen()));

        Assert.Equal(10, await pair.Client.CallAsync<int>("Down", [10]).InTime());
        Assert.Equal(10, await pair.Client.CallAsync<int>("DownBlocking", [10]).InTime());
        Assert.Equal(10, await Patience.OnOwnThread(() => pair.Client.Call<int>("DownBlocking", [10])).InTime());
        int[] many = await Task.WhenAll(Enumerable.Range(1, 8).Select(depth => pair.Client.CallAsync<int>("DownBlocking", [depth % 5]).AsTask())).InTime();
        Assert.Equal(Enumerable.Range(1, 8).Select(depth => depth % 5), many);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_continuation_may_block_on_further_calls(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);

        // Nothing is left of the test's own context, so the continuations run where the answers arrive.
        int sum = await Task.Run(async () =>
        {
            int first = await pair.Client.CallAsync<int>("Add", [1, 2]).ConfigureAwait(false);
            int second = pair.Client.Call<int>("Add", [first, 1]);
            int third = await pair.Client.CallAsync<int>("AddLater", [second, 1]).ConfigureAwait(false);
            int fourth = pair.Client.CallAsync<int>("Add", [third, 1]).AsTask().GetAwaiter().GetResult();
            return pair.Client.Call<int>("AddLater", [fourth, 1]);
        }).InTime();

        Assert.Equal(7, sum);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_method_may_call_another_client_of_the_same_server(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport, client: options => options.Services.Add("hear", (string text) => $"heard {text}"));
        pair.Server.Services.Add("tell", async Task<string> (string text) => await pair.ServerSide.CallAsync<string>("hear", [text]));
        (RpcCaller second, _) = await pair.ConnectAsync();

        Assert.Equal("heard gossip", await second.CallAsync<string>("tell", ["gossip"]).InTime());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_client_without_methods_answers_that_it_has_none(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => pair.ServerSide.CallAsync<string>("name").InTime());

        Assert.Equal(RpcErrorCode.MethodNotFound, e.Code);
    }
}
