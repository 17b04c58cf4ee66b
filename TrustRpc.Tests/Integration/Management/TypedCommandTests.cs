using System.Text.Json;
using TrustRpc.Management;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration.Management;

/// <summary>Commands whose results and reports are of the sender's own types.</summary>
public class TypedCommandTests
{
    public static TheoryData<string> Transports => ManagedServer.Transports;

    internal sealed record Lesson(string Room, int Hours);

    internal sealed record Page(int Number);

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task The_result_is_what_is_asked_for(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        (await server.ConnectAsync("7")).Commands
            .Add("lesson", (string day) => new { Room = day == "monday" ? "A1" : "B2", Hours = 2 })
            .Add("count", (int[] numbers) => numbers.Length)
            .Add("nothing", () => { });
        ManagementClient sender = new(await server.ConnectAsync("boss"));

        Lesson lesson = await sender.SendCommandAsync<Lesson>("7", "lesson", "monday").InTime();
        Lesson blocking = await Patience.OnOwnThread(() => sender.SendCommand<Lesson>("7", "lesson", "friday", TimeSpan.FromSeconds(20))).InTime();
        int count = await sender.SendCommandAsync<int>("7", "count", (int[])[4, 5]).InTime();
        string? nothing = await sender.SendCommandAsync<string?>("7", "nothing").InTime();
        int? noNumber = await sender.SendCommandAsync<int?>("7", "nothing").InTime();

        Assert.Equal((new Lesson("A1", 2), new Lesson("B2", 2)), (lesson, blocking));
        Assert.Equal((2, null, null), (count, nothing, noNumber));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Where_there_is_no_result_an_error_says_what_the_client_said(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        (await server.ConnectAsync("7", "lab-pc-7")).Commands.Add("print", int () => throw new RpcException(RpcErrorCode.Conflict, "The printer is on fire."));
        ManagementClient sender = new(await server.ConnectAsync("boss"));

        CommandFailedException failed = await Assert.ThrowsAsync<CommandFailedException>(() => sender.SendCommandAsync<int>("7", "print").InTime());
        CommandFailedException missing = await Assert.ThrowsAsync<CommandFailedException>(() => Patience.OnOwnThread(() => sender.SendCommand<int>("7", "dance")).InTime());
        RpcCallException nobody = await Assert.ThrowsAsync<RpcCallException>(() => sender.SendCommandAsync<int>("nobody", "print").InTime());

        Assert.Equal((RpcErrorCode.ApplicationError, "The printer is on fire.", "7", "print"), (failed.Code, failed.Message, failed.ClientUuid, failed.Command));
        Assert.Equal((RpcErrorCode.ApplicationError, "The client 'lab-pc-7' has no command 'dance'."), (missing.Code, missing.Message));
        Assert.Equal(RpcErrorCode.NotFound, nobody.Code);
    }

    [Fact]
    public async Task The_program_of_the_server_has_the_same()
    {
        await using ManagedServer server = await ManagedServer.StartAsync();
        foreach (string id in (string[])["7", "8"])
        {
            (await server.ConnectAsync(id)).Commands
                .Add("lesson", (Lesson lesson) => lesson with { Hours = lesson.Hours + 1 })
                .Add("second", ((int, int) pair) => pair.Item2)
                .Add("id", () => id == "7" ? (object)7 : "eight")
                .Add("nothing", () => { });
        }

        Lesson lesson = await server.Management.SendCommandAsync<Lesson>("7", "lesson", new Lesson("A1", 2)).InTime();
        CommandResult asJson = await server.Management.SendCommandAsync("7", "lesson", new { room = "B2", hours = 4 }).InTime();
        int second = await server.Management.SendCommandAsync<int>("7", "second", (4, 5)).InTime();
        string? nothing = await server.Management.SendCommandAsync<string?>("7", "nothing").InTime();
        FanOutResult<int> some = await server.Management.SendCommandAsync<int>(["8", "7", "9"], "id").InTime();
        FanOutResult<int> all = await server.Management.SendCommandToAllAsync<int>("id").InTime();
        CommandFailedException missing = await Assert.ThrowsAsync<CommandFailedException>(() => server.Management.SendCommandAsync<int>("7", "dance").InTime());
        CommandFailedException other = await Assert.ThrowsAsync<CommandFailedException>(() => server.Management.SendCommandAsync<int>("8", "id").InTime());
        RpcException nobody = await Assert.ThrowsAsync<RpcException>(() => server.Management.SendCommandAsync<int>("9", "id").InTime());

        Assert.Equal((new Lesson("A1", 3), 5, 5, null), (lesson, asJson.Result?.GetProperty("hours").GetInt32(), second, nothing));
        Assert.Equal([("8", false, 0, (int)RpcErrorCode.ResultNotSendable), ("7", true, 7, null), ("9", false, 0, (int)RpcErrorCode.NotFound)], some.Results.Select(one => (one.ClientUuid, one.Success, one.Result, one.Code)));
        Assert.Equal([("7", true), ("8", false)], all.Results.Select(one => (one.ClientUuid, one.Success)));
        Assert.Equal((RpcErrorCode.ApplicationError, RpcErrorCode.ResultNotSendable, RpcErrorCode.NotFound), (missing.Code, other.Code, nobody.Code));
    }

    [Fact]
    public async Task What_the_program_cannot_write_as_JSON_is_not_sent()
    {
        await using ManagedServer server = await ManagedServer.StartAsync();
        bool hasRun = false;
        (await server.ConnectAsync("7")).Commands.Add("note", (JsonElement value) => hasRun = true);
        List<object> endless = [];
        endless.Add(endless);

        await Assert.ThrowsAsync<JsonException>(async () => await server.Management.SendCommandAsync<bool>("7", "note", endless));

        Assert.False(hasRun);
    }

    [Theory]
    [InlineData("text", "'text' was executed by '7'. Its result cannot be read as Int32: ")]
    [InlineData("nothing", "'nothing' was executed by '7'. Its result cannot be read as Int32: there is none.")]
    public async Task A_result_of_another_type_is_an_error_that_says_that_the_command_was_executed(string command, string message)
    {
        await using ManagedServer server = await ManagedServer.StartAsync();
        (await server.ConnectAsync("7")).Commands.Add("text", () => "not a number").Add("nothing", () => { });
        ManagementClient sender = new(await server.ConnectAsync("boss"));

        CommandFailedException e = await Assert.ThrowsAsync<CommandFailedException>(() => sender.SendCommandAsync<int>("7", command).InTime());

        Assert.Equal(RpcErrorCode.ResultNotSendable, e.Code);
        Assert.StartsWith(message, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Reports_are_of_a_type_as_well(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        (await server.ConnectAsync("7")).Commands.Add("run_report", (int pages, IProgress<Page> progress) =>
        {
            for (int page = 1; page <= pages; page++)
                progress.Report(new Page(page));
            return "done";
        });
        ManagementClient sender = new(await server.ConnectAsync("boss"));
        Pages pages = [];

        string result = await sender.SendCommandAsync<string, Page>("7", "run_report", 2, progress: pages).InTime();
        string blocking = await Patience.OnOwnThread(() => sender.SendCommand<string, Page>("7", "run_report", 1, progress: pages)).InTime();
        string unheard = await sender.SendCommandAsync<string>("7", "run_report", 3).InTime();

        Assert.Equal(("done", "done", "done"), (result, blocking, unheard));
        Assert.Equal([new Page(1), new Page(2), new Page(1)], pages);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task One_result_of_another_type_does_not_cost_those_of_the_other_clients(string transport)
    {
        await using ManagedServer server = await ManagedServer.StartAsync(transport);
        (await server.ConnectAsync("1")).Commands.Add("load", () => 0.5);
        (await server.ConnectAsync("2")).Commands.Add("load", () => "high");
        (await server.ConnectAsync("3")).Commands.Add("load", double () => throw new RpcException("No idea."));
        ManagementClient sender = new(await server.ConnectAsync("~boss"));

        FanOutResult<double> named = await sender.SendCommandAsync<double>(["3", "nobody", "1"], "load").InTime();
        FanOutResult<double> blocking = await Patience.OnOwnThread(() => sender.SendCommand<double>(["1"], "load")).InTime();
        FanOutResult<double> all = await sender.SendCommandToAllAsync<double>("load").InTime();
        FanOutResult<double> again = await Patience.OnOwnThread(() => sender.SendCommandToAll<double>("load")).InTime();

        Assert.Equal(["3 False 0 ", "nobody False 0 -32015", "1 True 0.5 "], named.Results.Select(Describe));
        Assert.Equal((true, 0.5), (blocking.Success, blocking.Results[0].Result));
        Assert.Equal(["1 True 0.5 ", "2 False 0 -32003", "3 False 0 "], all.Results.Select(Describe));
        Assert.Equal(all.Results, again.Results);
        Assert.Equal((false, "2 of 3 clients succeeded. The results of 1 of them are not Double."), (all.Success, all.Message));
        Assert.StartsWith("Its result cannot be read as Double: ", all.Results[1].Message, StringComparison.Ordinal);
        Assert.Equal("No idea.", all.Results[2].Message);
    }

    private static string Describe(ClientCommandResult<double> one) => FormattableString.Invariant($"{one.ClientUuid} {one.Success} {one.Result} {one.Code}");

    private sealed class Pages : List<Page>, IProgress<Page>
    {
        public void Report(Page value) => Add(value);
    }
}
