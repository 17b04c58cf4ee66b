using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration;

/// <summary>How connections end: in order where one side says so, as a loss where it does not.</summary>
public class EndTests
{
    public static TheoryData<string> Transports => TransportCase.All;

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_method_that_begins_to_stop_its_server_and_returns_is_answered_and_the_server_stops(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);
        TaskCompletionSource<Task> stopping = new(TaskCreationOptions.RunContinuationsAsynchronously);
        pair.Server.Services.Add("stop", () =>
        {
            stopping.SetResult(pair.Server.StopAsync(Timeout.InfiniteTimeSpan));
            return "stopping";
        });

        Assert.Equal("stopping", await pair.Client.CallAsync<string>("stop").InTime());

        await (await stopping.Task.InTime()).InTime();
        Assert.Equal("the peer said goodbye (shutdown)", await pair.ClientClosed.InTime());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Disposing_the_client_ends_the_servers_side_in_order(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);
        Assert.Equal(3, await pair.Client.CallAsync<int>("Add", [1, 2]).InTime());

        await RpcPair.CloseAsync(pair.Client).InTime();

        Assert.Contains("shutdown", await pair.ServerSide.Closed.InTime(), StringComparison.Ordinal);
        Assert.Contains("this side", await pair.ClientClosed.InTime(), StringComparison.Ordinal);
        await Patience.UntilAsync(() => pair.Server.Connections.Count == 0);
        RpcConnectionException e = await Assert.ThrowsAsync<RpcConnectionException>(() => pair.Client.CallAsync<int>("Add", [1, 2]).InTime());
        Assert.False(e.MayHaveBeenExecuted);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Disposing_the_server_ends_its_clients_in_order(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);

        await pair.Server.DisposeAsync().InTime();

        Assert.Contains("shutdown", await pair.ClientClosed.InTime(), StringComparison.Ordinal);
        await Patience.UntilAsync(() => pair.Server.Connections.Count == 0);
        Assert.Empty(pair.Server.Endpoints);
        await Assert.ThrowsAsync<RpcConnectionException>(() => pair.Client.CallAsync<int>("Add", [1, 2]).InTime());
        ObjectDisposedException again = await Assert.ThrowsAsync<ObjectDisposedException>(() => pair.Server.StartAsync("tcp://127.0.0.1:0"));
        Assert.Contains("make a new one", again.Message, StringComparison.Ordinal);
        await pair.Server.DisposeAsync().InTime();
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_server_that_stops_lets_nobody_in_and_what_runs_come_to_its_end(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);
        Task<int> call = pair.Client.CallAsync<int>("WaitForGate", [1]).AsTask();
        await pair.Methods.EnteredAsync();

        Task stopping = pair.Server.StopAsync(Timeout.InfiniteTimeSpan);
        await Assert.ThrowsAnyAsync<Exception>(() => pair.ConnectAsync(options => options.ConnectTimeout = Patience.Limit).InTime());
        await pair.ServerSide.NoMoreCalls.InTime();
        await pair.ServerSide.PingAsync().InTime();
        Assert.False(stopping.IsCompleted);
        pair.Methods.Open();

        Assert.Equal(1, await call.InTime());
        await stopping.InTime();
        Assert.Contains("shutdown", await pair.ClientClosed.InTime(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_stop_shortens_the_time_of_the_first_to_its_own()
    {
        await using RpcPair pair = await RpcPair.OpenAsync("in memory");
        Task<string> call = pair.Client.CallAsync<string>("WaitForCancellation").AsTask();
        await pair.Methods.EnteredAsync();

        Task first = pair.Server.StopAsync(TimeSpan.MaxValue);
        await pair.ServerSide.NoMoreCalls.InTime();
        await pair.Server.StopAsync(TimeSpan.Zero).InTime();

        await first.InTime();
        Assert.Equal(RpcErrorCode.Cancelled, (await Assert.ThrowsAsync<RpcCallException>(() => call.InTime())).Code);
    }

    [Fact]
    public async Task What_was_never_used_or_is_gone_already_can_be_disposed()
    {
        RpcServer unused = new();
        unused.Dispose();
        await unused.DisposeAsync().InTime();
        await using RpcPair pair = await RpcPair.OpenAsync("tcp plain");

        pair.ServerSide.Abort();
        await pair.ServerSide.DisposeAsync().InTime();
        await pair.ClientClosed.InTime();
        ((RpcClient)pair.Client).Dispose();
        await RpcPair.CloseAsync(pair.Client).InTime();
        pair.Server.Dispose();
        await pair.Server.StopAsync(TimeSpan.FromSeconds(-7)).InTime();
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_connection_that_is_cut_fails_its_calls_and_says_that_they_may_have_run(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);

        Task<int> waiting = pair.Client.CallAsync<int>("WaitForGate", [1]).AsTask();
        Task<int> blocking = Patience.OnOwnThread(() => pair.Client.Call<int>("WaitForGate", [2]));
        await pair.Methods.EnteredAsync(2);
        pair.ServerSide.Abort();

        Assert.True((await Assert.ThrowsAsync<RpcConnectionException>(() => waiting.InTime())).MayHaveBeenExecuted);
        Assert.True((await Assert.ThrowsAsync<RpcConnectionException>(() => blocking.InTime())).MayHaveBeenExecuted);
        await pair.ClientClosed.InTime();
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task The_token_of_every_running_method_fires_when_its_connection_is_gone(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);

        Task<string> call = pair.Client.CallAsync<string>("WaitForCancellation").AsTask();
        await pair.Client.NotifyAsync("WaitForCancellation").InTime();
        await pair.Methods.EnteredAsync(2);
        pair.ServerSide.Abort();

        await Assert.ThrowsAsync<RpcConnectionException>(() => call.InTime());
        Assert.True(await pair.Methods.SawCancellation.WaitAsync(Patience.Limit), "the call's");
        Assert.True(await pair.Methods.SawCancellation.WaitAsync(Patience.Limit), "the notification's");
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task One_connection_that_is_cut_leaves_the_others_alone(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);
        (RpcCaller second, _) = await pair.ConnectAsync();
        Task<int> waiting = second.CallAsync<int>("WaitForGate", [1]).AsTask();
        await pair.Methods.EnteredAsync();

        pair.ServerSide.Abort();
        await pair.ClientClosed.InTime();

        pair.Methods.Open();
        Assert.Equal(1, await waiting.InTime());
        Assert.Equal(3, await second.CallAsync<int>("Add", [1, 2]).InTime());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_client_may_be_disposed_by_its_own_continuation_and_by_several_at_once(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);

        await Task.Run(async () =>
        {
            await pair.Client.CallAsync<int>("Add", [1, 2]).ConfigureAwait(false);
            ((RpcClient)pair.Client).Dispose();
        }).InTime();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => RpcPair.CloseAsync(pair.Client).AsTask())).InTime();

        await pair.ServerSide.Closed.InTime();
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_method_may_dispose_the_server_that_runs_it_blocking_or_not(string transport)
    {
        foreach (bool blocks in new[] { false, true })
        {
            await using RpcPair pair = await RpcPair.OpenAsync(transport);
            TaskCompletionSource disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            pair.Server.Services.Add("end", async () =>
            {
                if (blocks)
                    pair.Server.Dispose();
                else
                    await pair.Server.DisposeAsync();
                disposed.SetResult();
            });

            await Assert.ThrowsAnyAsync<RpcException>(() => pair.Client.CallAsync("end").AsTask().InTime());

            await disposed.Task.InTime();
            await pair.ClientClosed.InTime();
        }
    }
}
