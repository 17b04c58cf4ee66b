using System.Text.Json;
using TrustRpc.Hosting;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration;

/// <summary>A blocking call, and a client that is connected and closed by blocking, need no free thread of the pool to finish, of its own process or of a server that reads on threads.</summary>
[Collection(Alone.Name)]
public class StarvationTests
{
    [RpcService]
    public interface IGreeter
    {
        [RpcMethod("greet")]
        string Greet(string name);
    }

    [Theory]
    [InlineData("unix plain, low latency")]
    [InlineData("tcp sealed, low latency")]
    public async Task Blocking_calls_are_answered_while_the_pool_has_no_thread(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport, client: options => options.Services.Add("name", () => "Alice"));
        AddShortMethods(pair.Server.Services);
        IGreeter greeter = pair.Client.Proxy<IGreeter>();
        pair.Server.Services.Add("hello", (RpcContext context) => $"Hello, {context.Call<string>("name")}!");
        Task<bool> calls;

        using (new StarvedPool())
        {
            calls = Patience.OnOwnThread(() =>
            {
                for (int i = 0; i < 50; i++)
                    Assert.Equal(i + 1, pair.Client.Call<int>("add", [i, 1]));
                Assert.Equal("Hello, Bob!", greeter.Greet("Bob"));
                Assert.Equal("Hello, Alice!", pair.Client.Call<string>("hello"));
                Assert.Throws<RpcCallException>(() => pair.Client.Call("fail", ["on purpose"]));
                return true;
            });

            // Nothing may be awaited here: this waits without the pool.
            Assert.True(calls.Wait(Patience.Limit), "The calls were not answered.");
        }

        await calls;
    }

    [Theory]
    [InlineData("unix://DIRECTORY/starved.sock", CipherSuite.Aes256Gcm)]
    [InlineData("unix://DIRECTORY/starved.sock?mode=sealed", CipherSuite.Aes256Gcm)]
    [InlineData("tcp://127.0.0.1:0?mode=plain", CipherSuite.Aes256Gcm)]
    [InlineData("tcp://127.0.0.1:0", CipherSuite.Aes256Gcm)]
    [InlineData("tcp://127.0.0.1:0", CipherSuite.ChaCha20Poly1305)]
    [InlineData("tls://127.0.0.1:0", CipherSuite.Aes256Gcm)]
    [InlineData("pipe://./NAME", CipherSuite.Aes256Gcm)]
    public async Task Connecting_calling_streaming_and_closing_go_on_while_the_clients_pool_has_no_thread(string listen, CipherSuite suite)
    {
        await using Workplace place = new();
        string directory = place.PathOf("").TrimEnd('/');
        listen = listen.Replace("DIRECTORY", directory, StringComparison.Ordinal).Replace("NAME", $"starved-{Guid.NewGuid():N}", StringComparison.Ordinal);
        (_, string address) = await place.ServeAsync(listen);
        RpcClientOptions options = new() { TrustId = TrustId.Parse(place.Secret), Suites = [suite] };
        options.Services.Add("answer", (string question) => $"{question} Yes.");
        await using RpcClient client = await RpcClient.ConnectAsync(address, options).InTime();
        Task<bool> calls;

        using (new StarvedPool())
        {
            calls = Patience.OnOwnThread(() =>
            {
                for (int i = 0; i < 50; i++)
                    Assert.Equal(i + 1, client.Call<int>("add", [i, 1]));
                Assert.Equal(Enumerable.Range(1, 1000), client.Stream<int>("count", [1000]));
                Assert.Equal("You answered: Well? Yes.", client.Call<string>("ask_back", ["Well?"]));
                Assert.Throws<RpcCallException>(() => client.Call("fail", ["on purpose"]));
                using RpcClient second = RpcClient.Connect(address, options);
                return second.Call<int>("add", [1, 2]) == 3;
            });
            Assert.True(calls.Wait(Patience.Limit), "The calls were not answered.");
        }

        Assert.True(await calls);
    }

    [Theory]
    [InlineData("unix://DIRECTORY/starved.sock")]
    [InlineData("tcp://127.0.0.1:0")]
    public async Task A_client_reconnects_and_blocking_calls_wait_for_that_while_the_pool_has_no_thread(string listen)
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync(listen.Replace("DIRECTORY", place.PathOf("").TrimEnd('/'), StringComparison.Ordinal));
        RpcClientOptions options = new() { TrustId = TrustId.Parse(place.Secret), Reconnect = new() { FirstDelay = TimeSpan.FromMilliseconds(1) } };
        await using RpcClient client = await RpcClient.ConnectAsync(address, options).InTime();
        Task<bool> calls;

        using (new StarvedPool())
        {
            calls = Patience.OnOwnThread(() =>
            {
                // More than once: the first try comes at once, and the next after a delay.
                for (int i = 0; i < 4; i++)
                {
                    client.Connection.Abort();
                    Assert.Equal(i + 1, client.Call<int>("add", [i, 1]));
                }

                return true;
            });
            Assert.True(calls.Wait(Patience.Limit), "The calls were not answered.");
        }

        Assert.True(await calls);
    }

    [Fact]
    public async Task Connecting_by_blocking_waits_for_a_server_while_the_pool_has_no_thread()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("tcp://127.0.0.1:0");
        RpcClientOptions options = new() { TrustId = TrustId.Parse(place.Secret), Reconnect = new() { IncludeFirstConnection = true, FirstDelay = TimeSpan.FromMilliseconds(1) } };
        Dialer dialer = new(options, options.TrustId);
        int tries = 0;
        DialTarget late = new("late", token => Interlocked.Increment(ref tries) < 3
            ? Task.FromException<RpcConnection>(new RpcConnectionException("nobody is there yet"))
            : dialer.ConnectAsync(RpcEndpoint.Parse(address), token));
        Task<bool> calls;

        using (new StarvedPool())
        {
            calls = Patience.OnOwnThread(() =>
            {
                using RpcClient client = RpcClient.ConnectToAsync([late], options, CancellationToken.None, blocks: true).GetAwaiter().GetResult();
                return client.Call<int>("add", [1, 2]) == 3;
            });
            Assert.True(calls.Wait(Patience.Limit), "The call was not answered.");
        }

        Assert.True(await calls);
    }

    [Theory]
    [InlineData("unix plain, low latency")]
    [InlineData("tcp sealed, low latency")]
    public async Task Large_blocking_calls_are_answered_while_the_pool_has_no_thread(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport, server => server.MaxFrameLength = 8_000_000, client => client.MaxFrameLength = 8_000_000);
        AddShortMethods(pair.Server.Services);
        string large = new('x', 7_000_000);
        Task<bool> calls;

        using (new StarvedPool())
        {
            calls = Patience.OnOwnThread(() => pair.Client.Call<string>("echo", [large]) == large);
            Assert.True(calls.Wait(Patience.Limit), "The call was not answered.");
        }

        Assert.True(await calls);
    }

    [Theory]
    [InlineData("unix plain, low latency")]
    [InlineData("tcp sealed, low latency")]
    public async Task Callers_at_the_limit_and_callers_who_give_up_go_on_while_the_pool_has_no_thread(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport, server => server.MaxCallsPerConnection = 2);
        AddShortMethods(pair.Server.Services);
        Task<int>[] calls;
        using CancellationTokenSource given = new();
        Task<string> cancelled = Patience.OnOwnThread(() => pair.Client.Call<string>("WaitForCancellation", [], given.Token));
        await pair.Methods.EnteredAsync();

        using (new StarvedPool())
        {
            calls = [.. Enumerable.Range(0, 8).Select(i => Patience.OnOwnThread(() => pair.Client.Call<int>("add", [i, 1])))];
            Assert.True(Task.WaitAll(calls, Patience.Limit), "The calls were not answered.");
            given.Cancel();
            Assert.Throws<AggregateException>(() => Assert.True(cancelled.Wait(Patience.Limit), "The caller was not woken."));
        }

        Assert.Equal(Enumerable.Range(1, 8), await Task.WhenAll(calls));
        Assert.True(cancelled.IsCompleted);
    }

    // Said to be short: a busy machine may hold a method up, and one that is taken to block is run on a thread that must be made first.
    private static void AddShortMethods(RpcServices services) => services
        .Add("add", (int a, int b) => a + b, inline: true)
        .Add("greet", (string name) => $"Hello, {name}!", inline: true)
        .Add("echo", (JsonElement value) => value, inline: true)
        .Add("fail", void (string message) => throw new RpcException(message), inline: true);
}
