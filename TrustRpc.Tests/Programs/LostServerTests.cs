using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Programs;

/// <summary>A real server that is killed, stopped or told twice to end while it runs a call.</summary>
public sealed class LostServerTests
{
    [UnixFact]
    public async Task A_killed_server_is_noticed_at_once_and_its_calls_may_have_been_executed()
    {
        await using Workplace place = new();
        (ProgramRun server, string address) = await place.ServeAsync("tcp://127.0.0.1:0", "--verbose");
        await using RpcClient client = await ConnectAsync(place, address);
        Task<string> call = await CallForLongAsync(client, server);

        server.Signal(ProgramRun.Kill);

        RpcConnectionException lost = await Assert.ThrowsAsync<RpcConnectionException>(() => call.InTime());
        Assert.True(lost.MayHaveBeenExecuted);
        Assert.Contains("may have been executed", lost.Message, StringComparison.Ordinal);
        RpcConnectionException late = await Assert.ThrowsAsync<RpcConnectionException>(() => client.CallAsync<string>("greet", ["Ada"]).InTime());
        Assert.False(late.MayHaveBeenExecuted);
    }

    [UnixFact]
    public async Task A_stopped_server_is_noticed_within_twice_the_keep_alive_time()
    {
        await using Workplace place = new();
        (ProgramRun server, string address) = await place.ServeAsync("tcp://127.0.0.1:0", "--verbose", "--keep-alive", "1");
        await using RpcClient client = await ConnectAsync(place, address);
        Task<string> call = await CallForLongAsync(client, server);

        server.Signal(ProgramRun.Stop);

        RpcConnectionException lost = await Assert.ThrowsAsync<RpcConnectionException>(() => call.InTime());
        Assert.True(lost.MayHaveBeenExecuted);
        Assert.Contains("no sign of life for 2 s", lost.Message, StringComparison.Ordinal);
    }

    [UnixFact]
    public async Task A_second_signal_ends_a_server_at_once_that_waits_for_a_call()
    {
        await using Workplace place = new();
        (ProgramRun server, string address) = await place.ServeAsync("tcp://127.0.0.1:0", "--verbose");
        await using RpcClient client = await ConnectAsync(place, address);
        Task<string> call = await CallForLongAsync(client, server);

        server.Signal(ProgramRun.Terminate);
        await RefusesNewCallsAsync(client);
        Assert.False(call.IsCompleted);
        server.Signal(ProgramRun.Terminate);

        Assert.DoesNotContain("Stopped.", (await server.EndAsync()).Output, StringComparison.Ordinal);
        RpcConnectionException lost = await Assert.ThrowsAsync<RpcConnectionException>(() => call.InTime());
        Assert.True(lost.MayHaveBeenExecuted);
    }

    private static Task<RpcClient> ConnectAsync(Workplace place, string address)
        => RpcClient.ConnectAsync(address, new RpcClientOptions { TrustId = TrustId.Parse(place.Secret), CallTimeout = Timeout.InfiniteTimeSpan }).InTime();

    /// <summary>A call that the server has begun: its log says so.</summary>
    private static async Task<Task<string>> CallForLongAsync(RpcClient client, ProgramRun server)
    {
        Task<string> call = client.CallAsync<string>("long_running_task", [3600]).AsTask();
        await server.ReadErrorsUntilAsync("calls 'long_running_task'");
        return call;
    }

    // As soon as the server has said that it goes away.
    private static async Task RefusesNewCallsAsync(RpcClient client)
    {
        try
        {
            while (true)
            {
                await client.CallAsync<string>("greet", ["Ada"]).InTime();
            }
        }
        catch (RpcException e)
        {
            Assert.False(e is RpcConnectionException { MayHaveBeenExecuted: true }, e.ToString());
        }
    }
}
