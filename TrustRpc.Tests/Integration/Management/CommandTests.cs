using System.Collections.Concurrent;
using System.Text.Json;
using TrustRpc.Management;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration.Management;

/// <summary>Commands from whoever sends them to the client that is meant, and the answers back.</summary>
public class CommandTests
{
    public static TheoryData<string> Transports => ManagedServer.Transports;

    internal sealed record ScheduleQuery(string Room, int Day = 1);

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_command_runs_the_clients_handler_and_brings_its_result(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        RpcClient agent = await server.ConnectAsync("7", "lab-pc-7", options => options.Commands.Add("get_schedule", (ScheduleQuery q) => new { q.Room, q.Day, Lessons = new[] { "maths" } }));
        agent.Commands.Add("ping", () => "pong").Add("forget", () => { });
        RpcClient sender = await server.ConnectAsync("boss");

        CommandResult schedule = await SendAsync(sender, "7", "get_schedule", new ScheduleQuery("A1", 2));
        CommandResult pong = await SendAsync(sender, "7", "ping");
        CommandResult nothing = await SendAsync(sender, "7", "forget");

        Assert.Equal((true, "", """{"room":"A1","day":2,"lessons":["maths"]}"""), (schedule.Success, schedule.Message, schedule.Result?.GetRawText()));
        Assert.Equal("pong", pong.Result?.GetString());
        Assert.Equal((true, null), (nothing.Success, nothing.Result));
        Assert.Equal(0, (await server.StatusAsync("7")).PendingCommands);
    }

    public static TheoryData<string, string, string> NotThere => ManagedServer.TransportsWith(
        ("nobody", "There is no client 'nobody'."),
        ("gone", "The client 'gone' is not connected; it was last seen at "));

    [Theory]
    [MemberData(nameof(NotThere))]
    public async Task A_client_that_is_unknown_or_offline_is_not_found(string transport, string uuid, string message)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        await (await server.ConnectAsync("gone")).DisposeAsync().InTime();
        await server.OfflineAsync("gone");
        RpcClient sender = await server.ConnectAsync("boss");

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => SendAsync(sender, uuid, "ping"));

        Assert.Equal(RpcErrorCode.NotFound, e.Code);
        Assert.StartsWith(message, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_command_that_is_not_there_or_fails_is_an_answer_and_no_error(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        RpcClient agent = await server.ConnectAsync("7", "lab-pc-7");
        agent.Commands
            .Add("on_purpose", Task () => throw new RpcException("The printer is on fire."))
            .Add("by_accident", Task () => throw new InvalidOperationException("internal detail"))
            .Add("needs", (ScheduleQuery q) => q.Room);
        RpcClient sender = await server.ConnectAsync("boss");

        Assert.Equal((false, "The client 'lab-pc-7' has no command 'dance'."), Told(await SendAsync(sender, "7", "dance")));
        Assert.Equal((false, "The printer is on fire."), Told(await SendAsync(sender, "7", "on_purpose")));
        CommandResult accident = await SendAsync(sender, "7", "by_accident");
        Assert.False(accident.Success);
        Assert.Contains("id", accident.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("internal detail", accident.Message, StringComparison.Ordinal);
        CommandResult wrong = await SendAsync(sender, "7", "needs", 42);
        Assert.False(wrong.Success);
        Assert.Contains("'q'", wrong.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_client_that_is_lost_while_it_runs_a_command_is_an_error_that_says_so(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        TaskCompletionSource entered = new();
        TaskCompletionSource ended = new();
        RpcClient agent = await server.ConnectAsync("7", "lab-pc-7");
        agent.Commands.Add("hang", (CancellationToken cancellationToken) => HangAsync(entered, ended, cancellationToken));
        RpcClient sender = await server.ConnectAsync("boss");
        Task<CommandResult> sending = SendAsync(sender, "7", "hang");
        await entered.Task.InTime();
        Assert.Equal(1, (await server.StatusAsync("7")).PendingCommands);

        server.Server.Connections.Single(connection => connection.Peer.Id == "7").Abort();

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => sending.InTime());
        Assert.Equal(RpcErrorCode.ApplicationError, e.Code);
        Assert.Contains("may have been executed", e.Message, StringComparison.Ordinal);
        await ended.Task.InTime();
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Giving_up_and_time_that_is_over_travel_to_the_client(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        RpcClient agent = await server.ConnectAsync("7", "lab-pc-7");
        TaskCompletionSource entered = new();
        TaskCompletionSource cancelled = new();
        TaskCompletionSource expired = new();
        agent.Commands
            .Add("hang", (CancellationToken cancellationToken) => HangAsync(entered, cancelled, cancellationToken))
            .Add("slow", (CancellationToken cancellationToken) => HangAsync(new TaskCompletionSource(), expired, cancellationToken));
        RpcClient sender = await server.ConnectAsync("boss");
        using CancellationTokenSource giveUp = new();

        Task<CommandResult> sending = sender.CallAsync<CommandResult>("SendCommand", ["7", "hang"], giveUp.Token).AsTask();
        await entered.Task.InTime();
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending.InTime());
        await cancelled.Task.InTime();

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => sender.CallAsync<CommandResult>("SendCommand", new { client_uuid = "7", command = "slow", timeout = 20 }).InTime());
        Assert.Equal(RpcErrorCode.DeadlineExceeded, e.Code);
        await expired.Task.InTime();
        await Patience.UntilAsync(() => server.StatusAsync("7").Result.PendingCommands == 0);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Progress_comes_through_to_the_sender_and_a_handler_without_it_is_called_all_the_same(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        RpcClient agent = await server.ConnectAsync("7");
        agent.Commands.Add("plain", (int n) => n + 1).Add("run_report", (int pages, IProgress<int> progress) =>
        {
            for (int page = 1; page <= pages; page++)
                progress.Report(page);
            return "done";
        });
        RpcClient sender = await server.ConnectAsync("boss");
        Reports reports = new();

        CommandResult report = await sender.CallAsync<CommandResult>("SendCommand", new { client_uuid = "7", command = "run_report", payload = 3, progress = (IProgress<JsonElement>)reports }).InTime();
        CommandResult plain = await sender.CallAsync<CommandResult>("SendCommand", new { client_uuid = "7", command = "plain", payload = 3, progress = (IProgress<JsonElement>)reports }).InTime();

        Assert.Equal("done", report.Result?.GetString());
        Assert.Equal(4, plain.Result?.GetInt32());
        Assert.Equal([1, 2, 3], reports.Select(value => value.GetInt32()));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_handler_that_takes_progress_is_called_all_the_same_by_whoever_wants_none(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        foreach (string id in (string[])["1", "2"])
        {
            (await server.ConnectAsync(id)).Commands.Add("run_report", (int pages, IProgress<int> progress) =>
            {
                progress.Report(pages);
                return pages;
            });
        }

        ManagementClient sender = new(await server.ConnectAsync("boss"));

        Assert.Equal(3, (await sender.SendCommandAsync("1", "run_report", 3).InTime()).Result?.GetInt32());
        Assert.True((await sender.SendCommandAsync(["1", "2"], "run_report", 3).InTime()).Success);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_handler_that_has_reported_and_then_refuses_the_payload_is_not_called_again(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        int executed = 0;
        (await server.ConnectAsync("7")).Commands.Add("run_report", string (int pages, IProgress<int> progress) =>
        {
            Interlocked.Increment(ref executed);
            progress.Report(1);
            throw new RpcException(RpcErrorCode.InvalidParams, $"Page {pages} is missing.");
        });
        ManagementClient sender = new(await server.ConnectAsync("boss"));
        Reports reports = new();

        CommandResult result = await sender.SendCommandAsync("7", "run_report", 3, progress: reports).InTime();

        Assert.Equal((false, "Page 3 is missing."), Told(result));
        Assert.Equal((1, 1), (executed, reports.Count));
    }

    [Fact]
    public async Task A_client_that_refuses_progress_has_what_is_left_of_the_commands_time()
    {
        ManualTimeProvider clock = new();
        await using ManagedServer server = await ManagedServer.StartAsync("unix", new ManagementOptions { TimeProvider = clock }, options => (options.TimeProvider, options.KeepAlive) = (clock, TimeSpan.Zero));
        List<TimeSpan> left = [];
        (await server.ConnectAsync("7", configure: options => options.TimeProvider = clock)).Commands.Add("plain", (RpcArguments arguments, RpcContext context) =>
        {
            left.Add(context.TimeLeft);
            if (arguments.Json.GetArrayLength() == 2)
            {
                clock.Advance(TimeSpan.FromSeconds(6));
                throw new RpcException(RpcErrorCode.InvalidParams, "One argument is enough.");
            }

            return "done";
        });

        CommandResult result = await server.Management.SendCommandAsync("7", "plain", JsonElement.Parse("1"), TimeSpan.FromSeconds(10), new Reports()).InTime();

        Assert.Equal((true, "done"), (result.Success, result.Result?.GetString()));
        Assert.Equal([TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(4)], left);
    }

    [Fact]
    public async Task What_the_program_itself_sends_is_checked_as_well()
    {
        await using ManagedServer server = await ManagedServer.StartAsync();

        await Assert.ThrowsAsync<ArgumentNullException>(async () => await server.Management.SendCommandAsync((string)null!, "ping"));
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await server.Management.SendCommandAsync((string[])null!, "ping"));
        foreach (string[] uuids in (string[][])[["7", "7"], ["7", null!], [.. Enumerable.Range(0, 10_001).Select(i => $"{i}")]])
            await Assert.ThrowsAsync<ArgumentException>("clientUuids", async () => await server.Management.SendCommandAsync(uuids, "ping"));
        foreach (TimeSpan timeout in (TimeSpan[])[TimeSpan.FromMilliseconds(-2), TimeSpan.MinValue])
        {
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>("timeout", async () => await server.Management.SendCommandAsync("7", "ping", timeout: timeout));
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>("timeout", async () => await server.Management.SendCommandToAllAsync("ping", timeout: timeout));
        }

        foreach (string name in (string[])[null!, "", "a\nb", new('x', 129), "half \ude00"])
        {
            await Assert.ThrowsAsync<ArgumentException>(async () => await server.Management.SendCommandAsync("7", name));
            await Assert.ThrowsAsync<ArgumentException>(async () => await server.Management.SendCommandAsync(["7"], name));
            await Assert.ThrowsAsync<ArgumentException>(async () => await server.Management.SendCommandToAllAsync(name));
        }
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Where_only_some_may_command_the_others_are_commanded_all_the_same(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport, server: options => options.Authorize = (peer, method) => method != "SendCommand" || peer.Id == "boss");
        RpcClient agent = await server.ConnectAsync("7");
        agent.Commands.Add("ping", () => "pong");

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => SendAsync(agent, "7", "ping"));
        CommandResult pong = await SendAsync(await server.ConnectAsync("boss"), "7", "ping");

        Assert.Equal(RpcErrorCode.PermissionDenied, e.Code);
        Assert.Equal("pong", pong.Result?.GetString());
    }

    public static TheoryData<string, string, string> Wrong => ManagedServer.TransportsWith(
        ("""{"command":"ping"}""", "One of 'client_uuid' and 'client_uuids' must be given."),
        ("""{"client_uuid":"1","client_uuids":"*","command":"ping"}""", "One of 'client_uuid' and 'client_uuids' must be given."),
        ("""{"client_uuid":"1"}""", "'command' must have 1 to 128 characters and no control characters."),
        ("""{"client_uuid":"1","command":"a\nb"}""", "'command' must have 1 to 128 characters and no control characters."),
        ("""{"client_uuid":"1","command":"ping","timeout":0}""", "'timeout' must be a number of milliseconds from 1 to 2147483647."),
        ("""{"client_uuids":"all","command":"ping"}""", "'client_uuids' must be an array of ids"),
        ("""{"client_uuids":["1","1"],"command":"ping"}""", "'client_uuids' must be an array of ids"),
        ("""{"client_uuids":[1],"command":"ping"}""", "'client_uuids' must be an array of ids"),
        ("""{"client_uuids":["1",null],"command":"ping"}""", "'client_uuids' must be an array of ids"));

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task What_is_asked_for_in_a_wrong_way_is_refused(string transport, string arguments, string message)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        RpcClient sender = await server.ConnectAsync("boss");
        Dictionary<string, JsonElement> named = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(arguments)!;

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => sender.CallAsync<CommandResult>("SendCommand", named).InTime());

        Assert.Equal(RpcErrorCode.InvalidParams, e.Code);
        Assert.StartsWith(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_time_that_no_client_can_have_is_refused_before_anything_is_sent()
    {
        await using ManagedServer server = await ManagedServer.StartAsync("unix");
        ManagementClient sender = new(await server.ConnectAsync("boss"));

        foreach (TimeSpan timeout in (TimeSpan[])[TimeSpan.Zero, Timeout.InfiniteTimeSpan, TimeSpan.FromDays(25), TimeSpan.MaxValue])
        {
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>("timeout", async () => await sender.SendCommandAsync("7", "ping", timeout: timeout));
            Assert.Throws<ArgumentOutOfRangeException>("timeout", () => sender.SendCommandToAll("ping", timeout: timeout));
        }
    }

    [Fact]
    public async Task What_cannot_be_a_command_is_refused_when_it_is_added()
    {
        RpcClientOptions options = new();

        Assert.Throws<ArgumentException>(() => options.Commands.Add("", () => 1));
        Assert.Throws<ArgumentException>(() => options.Commands.Add("a\tb", () => 1));
        Assert.Throws<ArgumentException>(() => options.Commands.Add("half \ud83d", () => 1));
        foreach (Delegate counts in (Delegate[])[() => AsyncEnumerable.Range(1, 3), () => Task.FromResult(AsyncEnumerable.Range(1, 3)), () => ValueTask.FromResult(new Numbers())])
            Assert.Contains("IProgress", Assert.Throws<InvalidOperationException>(() => options.Commands.Add("count", counts)).Message, StringComparison.Ordinal);
        options.Commands.Add("once", () => 1);
        Assert.Throws<InvalidOperationException>(() => options.Commands.Add("once", () => 2));
        await Task.CompletedTask;
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Every_command_is_an_event_when_it_is_sent_and_when_it_is_over(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        await using IAsyncEnumerator<ServerEvent> events = server.Server.Events.SubscribeAsync(["command_*"]).GetAsyncEnumerator();
        ValueTask<bool> first = events.MoveNextAsync();
        (await server.ConnectAsync("7")).Commands.Add("ping", () => "pong");
        RpcClient sender = await server.ConnectAsync("boss");

        await SendAsync(sender, "7", "ping");

        Assert.True(await first.InTime());
        Assert.Equal(("command_sent", """{"client_uuid":"7","command":"ping","from":"boss"}"""), (events.Current.EventType, events.Current.Payload?.GetRawText()));
        Assert.True(await events.MoveNextAsync().InTime());
        Assert.Equal("command_completed", events.Current.EventType);
        Assert.True(events.Current.Payload!.Value.GetProperty("success").GetBoolean());
    }

    private static Task<CommandResult> SendAsync(RpcClient sender, string uuid, string command, object? payload = null)
        => sender.CallAsync<CommandResult>("SendCommand", [uuid, command, payload]).InTime();

    private static (bool Success, string Message) Told(CommandResult result) => (result.Success, result.Message);

    private static async Task HangAsync(TaskCompletionSource entered, TaskCompletionSource ended, CancellationToken cancellationToken)
    {
        entered.TrySetResult();
        try
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        finally
        {
            ended.TrySetResult();
        }
    }

    private sealed class Numbers : IAsyncEnumerable<int>
    {
        public IAsyncEnumerator<int> GetAsyncEnumerator(CancellationToken cancellationToken = default) => AsyncEnumerable.Range(1, 3).GetAsyncEnumerator(cancellationToken);
    }

    private sealed class Reports : List<JsonElement>, IProgress<JsonElement>
    {
        public void Report(JsonElement value) => Add(value);
    }
}
