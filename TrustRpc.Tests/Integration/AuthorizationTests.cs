using System.Text.Json;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration;

/// <summary><see cref="RpcServerOptions.Authorize"/>: what a caller may call, and what it is told of.</summary>
public sealed class AuthorizationTests
{
    [Fact]
    [Quotes("the caller may not do this")]
    public async Task A_call_that_is_not_allowed_is_refused_and_the_connection_is_fine()
    {
        await using RpcPair pair = await RpcPair.OpenAsync("in memory", server: options => options.Authorize = (_, method) => method != "Greet");

        RpcCallException error = await Assert.ThrowsAsync<RpcCallException>(async () => await pair.Client.CallAsync<string>("Greet", ["Ada"]));

        Assert.Equal(RpcErrorCode.PermissionDenied, error.Code);
        Assert.Contains("'Greet'", error.Message, StringComparison.Ordinal);
        Assert.Equal(RpcErrorCode.ApplicationError, (await Assert.ThrowsAsync<RpcCallException>(async () => await pair.Client.CallAsync("Fail", ["no"]))).Code);
    }

    [Fact]
    public async Task It_is_asked_with_the_name_that_the_method_is_registered_under_and_with_who_calls()
    {
        List<(string Caller, string Method)> asked = [];
        await using RpcPair pair = await RpcPair.OpenAsync("in memory", server: options => options.Authorize = (peer, method) =>
        {
            asked.Add((peer.Name, method));
            return peer.Name == "the operator";
        });
        (RpcCaller @operator, _) = await pair.ConnectAsync(options => options.ClientName = "the operator");

        Assert.Equal("Hello, Ada!", await @operator.CallAsync<string>("GreetAsync", ["Ada"]));
        await Assert.ThrowsAsync<RpcCallException>(async () => await pair.Client.CallAsync<string>("GreetAsync", ["Ada"]));

        Assert.Equal(("the operator", "Greet"), asked[0]);
        Assert.Equal(2, asked.Count);
        Assert.Equal("Greet", asked[1].Method);
    }

    [Fact]
    [Quotes("every method the caller may call")]
    public async Task Discovery_names_to_each_caller_what_it_may_call()
    {
        await using RpcPair pair = await RpcPair.OpenAsync("in memory", server: options => options.Authorize = (peer, method) => peer.Name == "the operator" || method == "Greet");
        (RpcCaller @operator, _) = await pair.ConnectAsync(options => options.ClientName = "the operator");

        Assert.Equal(["Greet"], await NamesAsync(pair.Client));
        Assert.True((await NamesAsync(@operator)).Length > 1);
        Assert.Equal(["Greet"], await NamesAsync(pair.Client));
    }

    [Fact]
    public async Task A_rule_that_throws_lets_nobody_through()
    {
        await using RpcPair pair = await RpcPair.OpenAsync("in memory", server: options => options.Authorize = (_, _) => throw new InvalidOperationException("the list of rights is gone"));

        RpcCallException error = await Assert.ThrowsAsync<RpcCallException>(async () => await pair.Client.CallAsync<string>("Greet", ["Ada"]));

        Assert.Equal(RpcErrorCode.InternalError, error.Code);
        Assert.DoesNotContain("rights", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_notification_that_is_not_allowed_is_not_run()
    {
        bool ran = false;
        await using RpcPair pair = await RpcPair.OpenAsync("in memory", server: options => options.Authorize = (_, method) => method != "note");
        TaskCompletionSource after = new();
        pair.Server.Services.Add("note", () => { ran = true; }).Add("after", after.SetResult);

        await pair.Client.NotifyAsync("note");
        await pair.Client.NotifyAsync("after");
        await after.Task.InTime();

        Assert.False(ran);
    }

    private static async Task<string[]> NamesAsync(RpcCaller caller)
        => [.. (await caller.CallAsync<JsonElement>("rpc.discover")).GetProperty("methods").EnumerateArray().Select(method => method.GetProperty("name").GetString()!)];
}
