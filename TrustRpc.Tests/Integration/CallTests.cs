using System.Text.Json;
using System.Text.Json.Serialization;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration;

/// <summary>Every way to call a method, over every way to join two ends.</summary>
public class CallTests
{
    public static TheoryData<string> Transports => TransportCase.All;

    [JsonDerivedType(typeof(Square), "square")]
    public abstract record Shape;

    [RpcService]
    public interface IShapes
    {
        Task<string> DescribeAsync(Shape? shape);
    }

    [RpcService]
    public interface IGreeter
    {
        Task<string> GreetLaterAsync(string name, CancellationToken cancellationToken = default);

        ValueTask<int> AddLater(int a, int b);

        string Greet(string name);

        Task NothingAsync();

        void Note(string text);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_method_is_called_by_position_and_by_name(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);

        Assert.Equal("Hello, Alice!", await pair.Client.CallAsync<string>("Greet", ["Alice"]).InTime());
        Assert.Equal("Hello, Zoë 🙂!", await pair.Client.CallAsync<string>("Greet", new { name = "Zoë 🙂" }).InTime());
        Assert.Equal("Hello, Bob!", await pair.Client.CallAsync<string>("Greet", new Dictionary<string, object?> { ["NAME"] = "Bob" }).InTime());
        Assert.Equal(3, await pair.Client.CallAsync<int>("Add", [1, 2]).InTime());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_method_is_called_by_a_thread_that_blocks(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);

        Assert.Equal("Hello, Alice!", await Patience.OnOwnThread(() => pair.Client.Call<string>("Greet", ["Alice"])).InTime());
        Assert.Equal(7, await Patience.OnOwnThread(() => pair.Client.Call<int>("Add", new { b = 4, a = 3 })).InTime());
        Assert.Equal(5, await Patience.OnOwnThread(() => pair.Client.Call<int>("AddLater", [2, 3])).InTime());
        await Patience.OnOwnThread(() =>
        {
            pair.Client.Call("Nothing");
            return true;
        }).InTime();
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_method_may_return_at_once_or_later_or_nothing(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);

        Assert.Equal("Hello, Alice!", await pair.Client.CallAsync<string>("GreetLater", ["Alice"]).InTime());
        Assert.Equal(3, await pair.Client.CallAsync<int>("AddLater", [1, 2]).InTime());
        Assert.Null(await pair.Client.CallAsync<string?>("Null").InTime());
        await pair.Client.CallAsync("Nothing").InTime();
        await pair.Client.CallAsync("Note", ["by a call"]).InTime();
        Assert.Equal(["by a call"], pair.Methods.Notes);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Optional_parameters_keep_their_defaults(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);

        Assert.Equal(11, await pair.Client.CallAsync<int>("Add", [1]).InTime());
        Assert.Equal(12, await pair.Client.CallAsync<int>("Add", new { a = 2 }).InTime());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_proxy_calls_like_an_object_of_this_process(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);
        IGreeter greeter = pair.Client.Proxy<IGreeter>();

        Assert.Equal("Hello, Alice!", await greeter.GreetLaterAsync("Alice").InTime());
        Assert.Equal(3, await greeter.AddLater(1, 2).InTime());
        await greeter.NothingAsync().InTime();
        Assert.Equal("Hello, Bob!", await Patience.OnOwnThread(() => greeter.Greet("Bob")).InTime());
        await Patience.OnOwnThread(() =>
        {
            greeter.Note("by a proxy");
            return true;
        }).InTime();
        Assert.Equal(["by a proxy"], pair.Methods.Notes);
    }

    [Fact]
    public async Task A_proxy_says_which_derived_type_an_argument_is()
    {
        await using RpcPair pair = await RpcPair.OpenAsync("in memory");
        pair.Server.Services.Add<IShapes>(new Shapes());

        Assert.Equal("Square { Side = 3 }", await pair.Client.Proxy<IShapes>().DescribeAsync(new Square(3)).InTime());
        Assert.Equal("nothing", await pair.Client.Proxy<IShapes>().DescribeAsync(null).InTime());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Notifications_run_one_at_a_time_in_their_order(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);
        string[] texts = [.. Enumerable.Range(0, 50).Select(i => $"note {i}")];

        foreach (string text in texts)
            await pair.Client.NotifyAsync("Note", [text]).InTime();

        foreach (string _ in texts)
            Assert.True(await pair.Methods.Noted.WaitAsync(Patience.Limit));
        Assert.Equal(texts, pair.Methods.Notes);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_notification_for_no_method_is_never_answered_and_harms_nothing(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);

        await pair.Client.NotifyAsync("noSuchMethod", new { a = 1 }).InTime();

        Assert.Equal(3, await pair.Client.CallAsync<int>("Add", [1, 2]).InTime());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Any_JSON_travels_unchanged(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);
        string[] values = ["null", "true", "-0.5", "1e300", "\"\"", "\"\\u0000 \\\" \\\\ \\uD83D\\uDE42\"", "[]", "[[],{}]", "{\"a\":{\"b\":[1,\"2\",null]}}"];

        foreach (string value in values)
        {
            JsonElement sent = JsonElement.Parse(value);
            JsonElement received = await pair.Client.CallAsync<JsonElement>("Echo", [sent]).InTime();
            Assert.True(JsonElement.DeepEquals(sent, received), $"{value} came back as {received.GetRawText()}");
        }
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Large_arguments_and_results_travel_whole(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);
        string large = string.Create(900_000, 7, static (span, seed) =>
        {
            for (int i = 0; i < span.Length; i++)
                span[i] = (char)('a' + (i * seed % 26));
        });

        Assert.Equal(large, await pair.Client.CallAsync<string>("Echo", [large]).InTime());
        string[] all = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => pair.Client.CallAsync<string>("Echo", [large]).AsTask())).InTime();
        Assert.All(all, received => Assert.Equal(large, received));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_method_knows_who_calls(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);

        string who = await pair.Client.CallAsync<string>("Who").InTime();

        HandshakeMode mode = transport.Contains("plain", StringComparison.Ordinal) || transport is "pipe" or "tls, self-signed" ? HandshakeMode.Plain : HandshakeMode.Sealed;
        Assert.Equal($"the client {mode} Who", who);
        Assert.Equal(pair.ServerSide.Peer.Session, ((RpcClient)pair.Client).Server.Session);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_name_that_ends_in_Async_and_is_not_registered_is_looked_up_without_it(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);

        Assert.Equal("Hello, Alice!", await pair.Client.CallAsync<string>("GreetLaterAsync", ["Alice"]).InTime());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Methods_may_be_added_while_calls_are_served(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);

        pair.Server.Services.Add("twice", (int n) => 2 * n);

        Assert.Equal(8, await pair.Client.CallAsync<int>("twice", [4]).InTime());
    }

    public sealed record Square(int Side) : Shape;

    private sealed class Shapes : IShapes
    {
        public Task<string> DescribeAsync(Shape? shape) => Task.FromResult(shape?.ToString() ?? "nothing");
    }
}
