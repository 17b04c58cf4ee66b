using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Programs;

/// <summary>A real server that is killed, stopped or told twice to end while it runs a call, streams or is called; and one whose client is.</summary>
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
    public async Task A_killed_server_breaks_the_streams_of_both_directions()
    {
        await using Workplace place = new();
        (ProgramRun server, string address) = await place.ServeAsync("tcp://127.0.0.1:0");
        await using RpcClient client = await ConnectAsync(place, address);
        Sequences made = new();
        await using IAsyncEnumerator<int> coming = client.StreamAsync<int>("count", [int.MaxValue]).GetAsyncEnumerator();
        Assert.True(await coming.MoveNextAsync().InTime());
        Task<int> going = client.CallAsync<int>("sum", [made.CountAndWait(10)]).AsTask();
        await made.WaitsAsync();

        server.Signal(ProgramRun.Kill);

        await Assert.ThrowsAsync<RpcConnectionException>(async () =>
        {
            while (await coming.MoveNextAsync().InTime())
            {
            }
        });
        Assert.True((await Assert.ThrowsAsync<RpcConnectionException>(() => going.InTime())).MayHaveBeenExecuted);
        await made.EndedAsync();
    }

    [UnixFact]
    public async Task A_reconnecting_client_goes_on_with_the_server_that_takes_the_place_of_a_killed_one()
    {
        await using Workplace place = new();
        string listen = $"unix://{place.PathOf("again.sock")}";
        (ProgramRun server, string address) = await place.ServeAsync(listen);
        RpcClientOptions options = new() { TrustId = TrustId.Parse(place.Secret), Reconnect = new RpcReconnectOptions() };
        await using RpcClient client = await RpcClient.ConnectAsync(address, options).InTime();
        Assert.Equal("Hello, Ada!", await client.CallAsync<string>("greet", ["Ada"]).InTime());

        server.Signal(ProgramRun.Kill);
        await server.EndAsync();
        await place.ServeAsync(listen);

        Assert.Equal("Hello, Bob!", await client.CallAsync<string>("greet", ["Bob"], new RpcCallOptions { Idempotent = true }).InTime());
    }

    [UnixFact]
    public async Task A_killed_clients_call_is_ended_at_the_server_at_once()
    {
        await using Workplace place = new();
        (ProgramRun server, string address) = await place.ServeAsync("unix:lost.sock", "--verbose");
        ProgramRun client = place.StartClient("call", "long_running_task", "3600", "--server", address);
        await server.ReadErrorsUntilAsync("calls 'long_running_task'");

        client.Signal(ProgramRun.Kill);

        await server.ReadErrorsUntilAsync("'long_running_task' was ended because the connection is closing");
        (await place.RunClientAsync("call", "greet", "Ada", "--server", address)).Ended(0);
    }

    [UnixFact]
    public async Task A_stopped_clients_call_is_ended_at_the_server_within_twice_the_keep_alive_time()
    {
        await using Workplace place = new();
        (ProgramRun server, string address) = await place.ServeAsync("tcp://127.0.0.1:0", "--verbose", "--keep-alive", "1");
        ProgramRun client = place.StartClient("call", "long_running_task", "3600", "--server", address);
        await server.ReadErrorsUntilAsync("calls 'long_running_task'");

        client.Signal(ProgramRun.Stop);

        await server.ReadErrorsUntilAsync("'long_running_task' was ended because the connection is closing");
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
