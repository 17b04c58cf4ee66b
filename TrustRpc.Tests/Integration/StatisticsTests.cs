using System.Text.Json;
using TrustRpc.Diagnostics;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration;

/// <summary>Section 5.3: <c>rpc.stats</c>.</summary>
public sealed class StatisticsTests
{
    [Fact]
    [Quotes("`rpc.stats` is there where the server's owner turned it on, else `-32601`")]
    public async Task Where_the_owner_did_not_turn_it_on_there_is_no_such_method()
    {
        await using RpcPair pair = await RpcPair.OpenAsync("in memory");

        RpcCallException error = await Assert.ThrowsAsync<RpcCallException>(async () => await pair.Client.CallAsync<JsonElement>("rpc.stats"));

        Assert.Equal(RpcErrorCode.MethodNotFound, error.Code);
    }

    [Fact]
    [Quotes("a caller that may not read the figures gets `-32011`")]
    public async Task Who_may_not_read_the_figures_is_refused()
    {
        await using RpcPair pair = await RpcPair.OpenAsync("in memory", server: options => options.AllowStatistics = peer => peer.Name == "the operator");

        RpcCallException error = await Assert.ThrowsAsync<RpcCallException>(async () => await pair.Client.CallAsync<JsonElement>("rpc.stats"));
        (RpcCaller @operator, _) = await pair.ConnectAsync(options => options.ClientName = "the operator");

        Assert.Equal(RpcErrorCode.PermissionDenied, error.Code);
        Assert.Equal(2, (await @operator.CallAsync<JsonElement>("rpc.stats")).GetProperty("connections").GetInt32());
    }

    [Fact]
    public async Task Calls_and_errors_are_counted_by_method()
    {
        await using RpcPair pair = await RpcPair.OpenAsync("in memory", server: options => options.AllowStatistics = _ => true);
        for (int i = 0; i < 10; i++)
        {
            await pair.Client.CallAsync<string>("Greet", ["Ada"]);
        }

        await Assert.ThrowsAsync<RpcCallException>(async () => await pair.Client.CallAsync("Fail", ["no"]));
        Task waiting = pair.Client.CallAsync<int>("WaitForGate", [1]).AsTask();
        await pair.Methods.EnteredAsync();

        // A call counts when its answer has been handed over, which may be a moment after its caller has it.
        JsonElement figures;
        do
        {
            figures = await pair.Client.CallAsync<JsonElement>("rpc.stats");
        }
        while (Of(figures, "Greet").GetProperty("calls").GetInt32() < 10 || !Has(figures, "Fail"));

        Assert.Equal((1, 1), (Of(figures, "Fail").GetProperty("calls").GetInt32(), Of(figures, "Fail").GetProperty("errors").GetInt32()));
        Assert.Equal(0, Of(figures, "Greet").GetProperty("errors").GetInt32());
        Assert.Equal(2, figures.GetProperty("running").GetInt32());
        Assert.True(Of(figures, "Greet").GetProperty("percentile99").GetDouble() >= Of(figures, "Greet").GetProperty("median").GetDouble());
        pair.Methods.Open();
        await waiting.InTime();
    }

    [Fact]
    public void A_quantile_is_right_to_a_fifth()
    {
        CallStatistics statistics = new();
        for (int milliseconds = 1; milliseconds <= 1000; milliseconds++)
        {
            statistics.Add("a", TimeSpan.FromMilliseconds(milliseconds), failed: milliseconds % 10 == 0);
        }

        (string method, long calls, long errors, TimeSpan total, TimeSpan median, TimeSpan percentile99) = Assert.Single(statistics.Read());

        Assert.Equal(("a", 1000, 100), (method, calls, errors));
        Assert.Equal(500.5, total.TotalSeconds, 3);
        Assert.InRange(median.TotalMilliseconds, 500, 600);
        Assert.InRange(percentile99.TotalMilliseconds, 990, 1190);
    }

    private static bool Has(JsonElement figures, string method)
        => figures.GetProperty("methods").EnumerateArray().Any(one => one.GetProperty("name").GetString() == method);

    private static JsonElement Of(JsonElement figures, string method)
        => figures.GetProperty("methods").EnumerateArray().Single(one => one.GetProperty("name").GetString() == method);
}
