using System.Text.Json;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Programs;

/// <summary>Python against C#, in both directions: what the protocol says is enough to join in.</summary>
public sealed class PythonTests
{
    [PythonTheory]
    [InlineData("unix:python.sock")]
    [InlineData("tcp://127.0.0.1:0?mode=plain")]
    public async Task A_client_in_Python_does_everything_with_a_server_in_CSharp(string listen)
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync(listen);

        ProgramResult run = await place.StartPython("check.py", address).EndAsync();

        Assert.EndsWith("All as it should be.\n", run.Ended(0).Output, StringComparison.Ordinal);
        Assert.DoesNotContain(place.Secret, run.Output + run.Errors, StringComparison.Ordinal);
    }

    [PythonTheory]
    [InlineData("unix:served.sock")]
    [InlineData("tcp://127.0.0.1:0?mode=plain")]
    public async Task A_client_in_CSharp_does_everything_with_a_server_in_Python(string listen)
    {
        await using Workplace place = new();
        (ProgramRun server, string address) = await ServeAsync(place, listen);
        RpcClientOptions options = new() { TrustId = TrustId.Parse(place.Secret) };
        options.Services.Add("answer", (string question) => question + "? 42.");
        await using RpcClient client = await RpcClient.ConnectAsync(RpcEndpoint.Parse(address), options);

        Assert.Equal("Hello, Ada!", await client.CallAsync<string>("greet", ["Ada"]));
        Assert.Equal("Hello, Ada!", await client.CallAsync<string>("greetAsync", ["Ada"]));
        Assert.Equal(42, await client.CallAsync<int>("add", new { a = 2, B = 40 }));
        Assert.Equal("You answered: What? 42.", await client.CallAsync<string>("ask_back", ["What"]));
        Assert.Equal(Enumerable.Range(1, 1000), await client.StreamAsync<int>("count", [1000]).ToListAsync());
        Assert.Equal([1, 3, 6], await client.StreamAsync<int>("running_total", [AsyncEnumerable.Range(1, 3)]).ToListAsync());
        Assert.Equal(500500, await client.CallAsync<int>("sum", [AsyncEnumerable.Range(1, 1000)]));
        Assert.True((await client.CallAsync<JsonElement>("rpc.ping", new { time = true })).GetProperty("time").GetInt64() > 0);
        int last = 0;
        await client.CallAsync("work", [5, new Told<int>(step => last = step)]);
        Assert.Equal(5, last);
        await foreach (int i in client.StreamAsync<int>("count", [1_000_000]))
        {
            if (i == 3) break;
        }

        int[] sums = await Task.WhenAll(Enumerable.Range(0, 500).Select(i => client.CallAsync<int>("add", [i, 1]).AsTask()));
        Assert.Equal(Enumerable.Range(1, 500), sums);
        place.Environment["TRUSTRPC_SERVER"] = address;
        (await place.RunClientAsync("methods")).EndedWithOneLine(5, "does not say what it offers");
        (await place.RunClientAsync("clients")).EndedWithOneLine(5, "does not manage clients");
        (await place.RunClientAsync("send", "lab-pc-7", "ping")).EndedWithOneLine(5, "does not manage clients");
        server.EndInput();
        Assert.Contains("Stopped.", (await server.EndAsync()).Ended(0).Output, StringComparison.Ordinal);
    }

    [PythonTheory]
    [InlineData("unix:failing.sock")]
    public async Task A_server_in_Python_fails_in_the_ways_of_the_protocol(string listen)
    {
        await using Workplace place = new();
        (ProgramRun server, string address) = await ServeAsync(place, listen);
        await using RpcClient client = await RpcClient.ConnectAsync(RpcEndpoint.Parse(address), new RpcClientOptions { TrustId = TrustId.Parse(place.Secret) });

        RpcCallException onPurpose = await Fails(client, "fail", "no more");
        Assert.Equal((RpcErrorCode.ApplicationError, "no more", 3), (onPurpose.Code, onPurpose.Message, onPurpose.ErrorData!.Value.GetProperty("tries").GetInt32()));
        RpcCallException unexpected = await Fails(client, "crash");
        Assert.Equal(RpcErrorCode.InternalError, unexpected.Code);
        Assert.DoesNotContain("hunter2", unexpected.Message, StringComparison.Ordinal);
        Assert.Equal(RpcErrorCode.MethodNotFound, (await Fails(client, "nobody")).Code);
        Assert.Equal(RpcErrorCode.InvalidParams, (await Fails(client, "add", 1, 2, 3)).Code);
        RpcCallOptions brief = new() { Timeout = TimeSpan.FromMilliseconds(50) };
        RpcCallException late = await Assert.ThrowsAsync<RpcCallException>(async () => await client.CallAsync("sleep", [60], brief));
        Assert.Equal(RpcErrorCode.DeadlineExceeded, late.Code);
        using CancellationTokenSource giveUp = new();
        Task sleeping = client.CallAsync("sleep", [60], giveUp.Token).AsTask();
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sleeping);
        Assert.Equal(3, await client.CallAsync<int>("add", [1, 2]));

        TrustException other = await Assert.ThrowsAsync<TrustException>(
            () => RpcClient.ConnectAsync(RpcEndpoint.Parse(address), new RpcClientOptions { TrustId = TrustId.Generate() }));
        Assert.Contains("TRUST_ID", other.Message, StringComparison.Ordinal);
        server.EndInput();
        (await server.EndAsync()).Ended(0);
    }

    [PythonTheory]
    [InlineData("unix:vouching.sock")]
    public async Task A_method_in_Python_cannot_say_not_executed_where_a_call_of_its_own_may_have_been(string listen)
    {
        await using Workplace place = new();
        (ProgramRun server, string address) = await ServeAsync(place, listen);
        RpcClientOptions options = new() { TrustId = TrustId.Parse(place.Secret) };
        options.Services.Add("answer", string (RpcErrorCode code) => throw new RpcException(code, "between us two"));
        await using RpcClient client = await RpcClient.ConnectAsync(RpcEndpoint.Parse(address), options);

        RpcCallException ran = await Fails(client, "ask_back_or_refuse", RpcErrorCode.Conflict);
        RpcCallException neverRan = await Fails(client, "ask_back_or_refuse", RpcErrorCode.ResourceExhausted);
        RpcCallException passedOn = await Fails(client, "ask_back", RpcErrorCode.Unavailable);
        RpcCallException ownTimeOut = await Fails(client, "time_out");

        Assert.Equal((RpcErrorCode.ApplicationError, "Nobody answers."), (ran.Code, ran.Message));
        Assert.Equal((RpcErrorCode.Unavailable, "Nobody answers."), (neverRan.Code, neverRan.Message));
        Assert.Equal(RpcErrorCode.InternalError, passedOn.Code);
        Assert.DoesNotContain("between us two", passedOn.Message, StringComparison.Ordinal);
        Assert.Equal(RpcErrorCode.InternalError, ownTimeOut.Code);
        server.EndInput();
        (await server.EndAsync()).Ended(0);
    }

    [PythonTheory]
    [InlineData("vectors.py")]
    public async Task The_worked_handshakes_are_what_Python_makes_of_them(string script)
    {
        await using Workplace place = new();

        ProgramResult run = await place.StartPython(script, Path.Combine(AppContext.BaseDirectory, "Vectors")).EndAsync();

        Assert.Matches("^[1-9][0-9]* handshakes", run.Ended(0).Output);
    }

    private static async Task<(ProgramRun Server, string Address)> ServeAsync(Workplace place, string listen)
    {
        ProgramRun server = place.StartPython("serve.py", listen.Replace("unix:", $"unix://{place.PathOf("")}", StringComparison.Ordinal));
        return (server, (await server.ReadUntilAsync("Serving on "))["Serving on ".Length..]);
    }

    private static Task<RpcCallException> Fails(RpcClient client, string method, params object?[] arguments)
        => Assert.ThrowsAsync<RpcCallException>(async () => await client.CallAsync<JsonElement>(method, arguments));

    private sealed class Told<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }
}
