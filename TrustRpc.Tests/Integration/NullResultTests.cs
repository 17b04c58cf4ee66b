using System.Text.Json;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration;

/// <summary>A null where a method is declared never to return it is an error, at both ends, as it is in an argument or a property.</summary>
public sealed class NullResultTests
{
    [RpcService("strict")]
    public interface IStrict
    {
        string Now();

        Task<string> Later();

        ValueTask<string> Soon();

        string? Maybe();

        Task<string?> MaybeLater();

        void Nothing();

        Task NothingLater();

        int? Number();
    }

    [Theory]
    [InlineData("strict.Now")]
    [InlineData("strict.Later")]
    [InlineData("strict.Soon")]
    [InlineData("delegate")]
    [InlineData("sequence")]
    public async Task A_method_that_is_declared_never_to_return_null_and_does_fails_its_call(string method)
    {
        await using RpcPair pair = await RpcPair.OpenAsync("in memory");
        pair.Server.Services.Add<IStrict>(new Broken()).Add("delegate", Broken.Text).Add("sequence", Broken.Texts);

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => pair.Client.CallAsync<JsonElement>(method).InTime());

        Assert.Equal(RpcErrorCode.ResultNotSendable, e.Code);
        Assert.Equal($"'{method}' ran, but its result cannot be sent: it is null, and the method is declared never to return null. Return a value, or declare the result nullable (?).", e.Message);
    }

    [Fact]
    public async Task One_that_may_return_null_or_has_nothing_to_return_does()
    {
        await using RpcPair pair = await RpcPair.OpenAsync("in memory");
        pair.Server.Services.Add<IStrict>(new Broken()).Add("delegate", string? () => null).Add("plain", Oblivious.Nothing);
        IStrict strict = pair.Client.Proxy<IStrict>();

        Assert.Null(await strict.MaybeLater().InTime());
        await strict.NothingLater().InTime();
        await Patience.OnOwnThread(() =>
        {
            strict.Nothing();
            return (strict.Maybe(), strict.Number());
        }).InTime();
        Assert.Null(await pair.Client.CallAsync<string?>("delegate").InTime());
        Assert.Null(await pair.Client.CallAsync<string?>("plain").InTime());
    }

    [Fact]
    public async Task A_proxy_whose_interface_says_that_a_result_is_never_null_hands_out_none()
    {
        await using RpcPair pair = await RpcPair.OpenAsync("in memory");
        foreach (string method in (string[])["strict.Now", "strict.Later", "strict.Soon"])
            pair.Server.Services.Add(method, string? () => null);
        IStrict strict = pair.Client.Proxy<IStrict>();

        foreach (Func<Task> call in (Func<Task>[])[strict.Later, async () => await strict.Soon(), () => Patience.OnOwnThread(strict.Now)])
        {
            RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => call().InTime());
            Assert.Equal(RpcErrorCode.ResultNotSendable, e.Code);
            Assert.EndsWith("ran and returned null, and the interface of the proxy says that it never does. Declare the result nullable (?) there if null is right.", e.Message, StringComparison.Ordinal);
        }
    }

    private sealed class Broken : IStrict
    {
        public static string Text() => null!;

        public static IAsyncEnumerable<string> Texts() => null!;

        public string Now() => null!;

        public Task<string> Later() => Task.FromResult<string>(null!);

        public async ValueTask<string> Soon()
        {
            await Task.Yield();
            return null!;
        }

        public string? Maybe() => null;

        public Task<string?> MaybeLater() => Task.FromResult<string?>(null);

        public void Nothing()
        {
        }

        public Task NothingLater() => Task.CompletedTask;

        public int? Number() => null;
    }

#nullable disable
    private static class Oblivious
    {
        public static string Nothing() => null;
    }
#nullable restore
}
