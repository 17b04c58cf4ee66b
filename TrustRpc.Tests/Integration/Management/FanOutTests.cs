using System.Collections.Concurrent;
using System.Text.Json;
using TrustRpc.Management;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration.Management;

/// <summary>One command to several clients.</summary>
public class FanOutTests
{
    public static TheoryData<string> Transports => ManagedServer.Transports;

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_fan_out_has_one_result_for_each_client(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        for (int i = 1; i <= 3; i++)
        {
            int own = i;
            (await server.ConnectAsync($"{i}")).Commands.Add("who", () => own == 2 ? throw new RpcException("Not me.") : own);
        }

        RpcClient sender = await server.ConnectAsync("boss");

        FanOutResult named = await sender.CallAsync<FanOutResult>("SendCommand", new { client_uuids = (string[])["3", "nobody", "2"], command = "who" }).InTime();
        FanOutResult all = await sender.CallAsync<FanOutResult>("SendCommand", new { client_uuids = "*", command = "who" }).InTime();
        FanOutResult typed = await new ManagementClient(sender).SendCommandToAllAsync("who").InTime();

        JsonElement raw = await sender.CallAsync<JsonElement>("SendCommand", new { client_uuids = (string[])["3"], command = "who" }).InTime();
        Assert.Equal("""{"success":true,"message":"1 of 1 client succeeded.","result":null,"results":[{"client_uuid":"3","success":true,"message":"","result":3}]}""", raw.GetRawText());
        Assert.Equal((false, "1 of 3 clients succeeded."), (named.Success, named.Message));
        Assert.Equal(["3 True 3", "nobody False -32015", "2 False Not me."], named.Results.Select(Describe));
        Assert.Equal(["1 True 1", "2 False Not me.", "3 True 3", "boss False The client 'boss' has no command 'who'."], all.Results.Select(Describe));
        Assert.Equal(all.Results.Select(Describe), typed.Results.Select(Describe));
        Assert.Throws<ArgumentNullException>(() => new ManagementClient(sender).SendCommand((string[])null!, "who"));
        await Assert.ThrowsAsync<ArgumentNullException>(() => server.Management.SendCommandAsync((string[])null!, "who"));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_fan_out_keeps_to_its_bound_of_clients_at_a_time_and_of_bytes(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport, options: new ManagementOptions { FanOutConcurrency = 2, FanOutResultBytes = 1024 });
        ConcurrentBag<int> together = [];
        int running = 0;
        using SemaphoreSlim gate = new(0);
        for (int i = 0; i < 6; i++)
        {
            (await server.ConnectAsync($"{i}")).Commands.Add("work", async () =>
            {
                together.Add(Interlocked.Increment(ref running));
                await gate.WaitAsync();
                Interlocked.Decrement(ref running);
                return new string('x', 500);
            });
        }

        Task<FanOutResult> sending = server.Management.SendCommandToAllAsync("work");
        await Patience.UntilAsync(() => together.Count == 2);
        gate.Release(6);
        FanOutResult result = await sending.InTime();

        Assert.True(result.Success);
        Assert.Equal(6, together.Count);
        Assert.True(together.Max() <= 2);
        Assert.Equal(2, result.Results.Count(one => one.Result is not null));
        Assert.All(result.Results.Where(one => one.Result is null), one => Assert.Contains("left out", one.Message, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_client_whose_turn_comes_later_has_what_the_sender_has_left_then(string transport)
    {
        ManualTimeProvider clock = new();
        await using ManagedServer server = await ManagedServer.StartAsync(transport, new ManagementOptions { FanOutConcurrency = 1 }, options => (options.TimeProvider, options.KeepAlive) = (clock, TimeSpan.Zero));
        TaskCompletionSource entered = new();
        TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        (await server.ConnectAsync("1")).Commands.Add("work", async () =>
        {
            entered.SetResult();
            await gate.Task;
            return 0.0;
        });
        (await server.ConnectAsync("2")).Commands.Add("work", (RpcContext context) => context.TimeLeft.TotalSeconds);
        ManagementClient sender = new(await server.ConnectAsync("boss"));

        Task<FanOutResult<double>> sending = sender.SendCommandAsync<double>(["1", "2"], "work", timeout: TimeSpan.FromMinutes(10)).AsTask();
        await entered.Task.InTime();
        clock.Advance(TimeSpan.FromMinutes(9));
        gate.SetResult();
        FanOutResult<double> result = await sending.InTime();

        Assert.True(result.Success);
        Assert.InRange(result.Results[1].Result, 0, 120); // A minute, and what the sender itself waits beyond it.
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Long_messages_of_many_clients_are_cut_rather_than_that_nothing_comes_back(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport, new ManagementOptions { FanOutResultBytes = 1024 });
        await using IAsyncEnumerator<ServerEvent> events = server.Server.Events.SubscribeAsync(["command_completed"]).GetAsyncEnumerator();
        string complaint = new('x', 700);
        foreach (string id in (string[])["1", "2", "3"])
            (await server.ConnectAsync(id)).Commands.Add("fail", Task () => throw new RpcException(complaint)).Add("fail_at_length", Task () => throw new RpcException(complaint + complaint));
        ManagementClient sender = new(await server.ConnectAsync("boss"));

        FanOutResult result = await sender.SendCommandAsync(["1", "2", "3"], "fail").InTime();
        CommandResult whole = await sender.SendCommandAsync("1", "fail_at_length").InTime();
        ServerEvent completed = await LastOfAsync(events, 4);

        Assert.Equal("0 of 3 clients succeeded. 2 results or messages were left out or cut, because all of them together may have 1024 bytes.", result.Message);
        Assert.Equal([16, 16, 700], result.Results.Select(one => one.Message.Length).Order());
        Assert.Equal(1400, whole.Message.Length);
        Assert.Equal(1024, completed.Payload!.Value.GetProperty("message").GetString()!.Length);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_fan_out_whose_answer_would_not_fit_is_refused_before_anything_is_executed(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport, new ManagementOptions { FanOutResultBytes = 1024 });
        int executed = 0;
        (await server.ConnectAsync("7")).Commands.Add("count", () => Interlocked.Increment(ref executed));
        ManagementClient sender = new(await server.ConnectAsync("boss"));
        string[] many = ["7", .. Enumerable.Range(0, 20).Select(i => $"nobody-{i}")];

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => sender.SendCommandAsync(many, "count").InTime());

        Assert.Equal((RpcErrorCode.ResourceExhausted, 0), (e.Code, executed));
        Assert.Contains("nothing was executed", e.Message, StringComparison.Ordinal);
    }

    private static async Task<ServerEvent> LastOfAsync(IAsyncEnumerator<ServerEvent> events, int count)
    {
        for (int i = 0; i < count; i++)
            Assert.True(await events.MoveNextAsync().InTime());
        return events.Current;
    }

    private static string Describe(ClientCommandResult result)
        => $"{result.ClientUuid} {result.Success} {(result.Success ? result.Result?.GetRawText() : result.Code?.ToString() ?? result.Message)}";
}
