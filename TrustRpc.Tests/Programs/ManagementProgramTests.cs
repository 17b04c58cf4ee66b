using System.Text.Json;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Programs;

/// <summary>Management as people and scripts use it: a server, agents and the commands of the client, each a process of its own.</summary>
public sealed class ManagementProgramTests
{
    public static TheoryData<string> Addresses => ["tcp://127.0.0.1:0", "unix:managed.sock"];

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task Agents_are_listed_commanded_and_watched(string listen)
    {
        await using Workplace place = new();
        (ProgramRun server, string address) = await place.ServeAsync(listen);
        place.Environment["TRUSTRPC_SERVER"] = address;
        ProgramRun agent = await AgentAsync(place, "lab-pc-7");
        await AgentAsync(place, "lab-pc-8");

        JsonElement list = JsonElement.Parse((await place.RunClientAsync("clients", "--json", "--find", "lab")).Ended(0).Output);
        string table = (await place.RunClientAsync("clients", "--online")).Ended(0).Output;
        ProgramResult schedule = (await place.RunClientAsync("send", "lab-pc-7", "get_schedule", "\"monday\"")).Ended(0);
        ProgramResult report = (await place.RunClientAsync("send", "lab-pc-7", "run_report", """{"pages": 2}""")).Ended(0);
        ProgramResult all = (await place.RunClientAsync("send", "lab-pc-7,lab-pc-8", "ping")).Ended(0);
        ProgramResult everybody = (await place.RunClientAsync("send", "*", "ping")).Ended(0);

        Assert.Equal(["lab-pc-7", "lab-pc-8"], list.GetProperty("clients").EnumerateArray().Select(client => client.GetProperty("name").GetString()));
        Assert.Equal(2, list.GetProperty("total").GetInt32());
        Assert.Contains("NAME", table, StringComparison.Ordinal);
        Assert.Contains("lab-pc-8", table, StringComparison.Ordinal);
        Assert.Equal("""["maths","music"]""", schedule.Output.Trim());
        Assert.Equal("""{"pages":2,"status":"done"}""", report.Output.Trim());
        Assert.Contains("""progress {"page":1,"of":2}""", report.Errors, StringComparison.Ordinal);
        Assert.Equal(2, all.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Count(line => JsonElement.Parse(line).GetProperty("success").GetBoolean()));
        Assert.Contains("2 of 2 clients succeeded.", everybody.Errors, StringComparison.Ordinal);
        await agent.ReadUntilAsync("get_schedule monday");
        (await place.RunClientAsync("send", "lab-pc-7", "dance")).EndedWithOneLine(1, "has no command 'dance'");
        (await place.RunClientAsync("send", "nobody", "ping")).EndedWithOneLine(1, "There is no client 'nobody'.");
        (await place.RunClientAsync("send", "lab-pc-7", "ping", "{")).EndedWithOneLine(2, "no JSON");
        server.Signal(ProgramRun.Terminate);
        (await server.EndAsync()).Ended(0);
    }

    [Fact]
    public async Task An_agent_ends_with_the_program_that_started_it_where_it_is_told_to()
    {
        await using Workplace place = new();
        place.Environment["TRUSTRPC_SERVER"] = (await place.ServeAsync("unix:managed.sock")).Address;
        ProgramRun agent = place.StartClient("agent", "--name", "lab-pc-7", "--end-with-input");
        await agent.ReadUntilAsync("Connected");

        agent.EndInput(); // As the system does where the other end's process is killed.

        (await agent.EndAsync()).Ended(0);
    }

    [Fact]
    public async Task An_agent_whose_input_ends_before_it_has_found_its_server_ends_in_order_as_well()
    {
        await using Workplace place = new();
        ProgramRun agent = place.StartClient("agent", "--name", "lab-pc-7", "--server", "unix:nobody.sock", "--end-with-input");
        await agent.ReadErrorsUntilAsync("connects to");

        agent.EndInput();

        (await agent.EndAsync()).Ended(0);
    }

    [UnixTheory]
    [MemberData(nameof(Addresses))]
    public async Task An_agent_that_is_killed_is_offline_and_online_when_it_is_back(string listen)
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync(listen);
        place.Environment["TRUSTRPC_SERVER"] = address;
        ProgramRun events = place.StartClient("subscribe", "client_*", "--after", "0", "--json");
        ProgramRun agent = await AgentAsync(place, "lab-pc-7");
        await UntilEventAsync(events, "client_connected", "lab-pc-7");

        agent.Signal(ProgramRun.Kill);
        await UntilEventAsync(events, "client_disconnected", "lab-pc-7");
        JsonElement gone = await StatusAsync(place, "lab-pc-7");
        await AgentAsync(place, "lab-pc-7");
        await UntilEventAsync(events, "client_connected", "lab-pc-7");

        Assert.False(gone.GetProperty("online").GetBoolean());
        Assert.True((await StatusAsync(place, "lab-pc-7")).GetProperty("online").GetBoolean());
    }

    [UnixTheory]
    [InlineData("tcp")]
    [InlineData("unix")]
    public async Task A_server_that_is_killed_knows_its_clients_afterwards_and_its_agents_and_subscribers_come_back(string transport)
    {
        await using Workplace place = new();
        string listen = transport == "tcp" ? $"tcp://127.0.0.1:{FreePort.Find()}" : "unix:managed.sock";
        (ProgramRun server, string address) = await place.ServeAsync(listen, "--clients", "clients.jsonl");
        place.Environment["TRUSTRPC_SERVER"] = address;
        ProgramRun events = place.StartClient("subscribe", "client_*", "--after", "0", "--json");
        ProgramRun stays = await AgentAsync(place, "stays");
        await UntilEventAsync(events, "client_connected", "stays");
        ProgramRun leaves = await AgentAsync(place, "leaves");
        await StatusAsync(place, "leaves");

        server.Signal(ProgramRun.Kill);
        await server.EndAsync();
        leaves.Signal(ProgramRun.Kill);
        await leaves.EndAsync();
        await File.AppendAllTextAsync(place.PathOf("clients.jsonl"), """{"uuid":"torn""");
        (ProgramRun again, _) = await place.ServeAsync(listen, "--clients", "clients.jsonl");

        await again.ReadErrorsUntilAsync("cut off");
        await stays.ReadUntilAsync("Connected:");
        await events.ReadUntilAsync("""{"event_type":"gap","payload":{"missed":null,""");
        await UntilEventAsync(events, "client_connected", "stays");
        Assert.True((await StatusAsync(place, "stays")).GetProperty("online").GetBoolean());
        JsonElement gone = await StatusAsync(place, "leaves");
        Assert.False(gone.GetProperty("online").GetBoolean());
        Assert.True(gone.GetProperty("last_seen").GetInt64() >= gone.GetProperty("connected_at").GetInt64());
    }

    [UnixFact]
    public async Task The_table_of_clients_is_printed_again_and_again_until_it_is_interrupted()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:managed.sock");
        place.Environment["TRUSTRPC_SERVER"] = address;

        ProgramRun watch = place.StartClient("clients", "--watch");
        await watch.ReadUntilAsync("1 client, 1 online.");
        await AgentAsync(place, "lab-pc-7");
        await watch.ReadUntilAsync("2 clients, 2 online.");
        watch.Signal(ProgramRun.Interrupt);

        (await watch.EndAsync()).Ended(130);
    }

    [UnixFact]
    public async Task Of_two_agents_with_one_id_the_first_ends_and_says_why()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:managed.sock");
        place.Environment["TRUSTRPC_SERVER"] = address;
        ProgramRun first = await AgentAsync(place, "lab-pc-7");

        await AgentAsync(place, "lab-pc-7");

        Assert.Contains("Another connection with the same client id has taken its place", await first.ReadUntilAsync("Closed: "), StringComparison.Ordinal);
        (await first.EndAsync()).Ended(3);
    }

    [UnixFact]
    public async Task Programs_that_ask_once_are_not_remembered_and_agents_are_until_they_are_forgotten()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:managed.sock");
        place.Environment["TRUSTRPC_SERVER"] = address;
        ProgramRun agent = await AgentAsync(place, "lab-pc-7");
        (await place.RunClientAsync("call", "greet", "Ada")).Ended(0);
        (await place.RunClientAsync("send", "lab-pc-7", "ping")).Ended(0);
        (await place.RunClientAsync("clients", "--forget", "lab-pc-7")).EndedWithOneLine(1, "it can be forgotten when it has left");
        agent.Signal(ProgramRun.Terminate);
        (await agent.EndAsync()).Ended(0);

        string[] offline = await IdsAsync(place, "--offline");
        (await place.RunClientAsync("clients", "--forget", "lab-pc-7")).Ended(0);

        Assert.Equal(["lab-pc-7"], offline);
        Assert.Empty(await IdsAsync(place, "--offline"));
        (await place.RunClientAsync("clients", "--forget", "lab-pc-7")).EndedWithOneLine(1, "There is no client 'lab-pc-7'.");
    }

    [Fact]
    public async Task What_is_typed_into_sync_reaches_the_others()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:managed.sock");
        place.Environment["TRUSTRPC_SERVER"] = address;
        ProgramRun bob = place.StartClient("sync", "--id", "bob");
        await bob.TypeAsync("""{"type":"HEARTBEAT"}""");
        await bob.ReadUntilAsync("""{"type":"HEARTBEAT","client_uuid":"bob",""");
        ProgramRun ada = place.StartClient("sync", "--id", "ada");
        await ada.TypeAsync("nonsense");
        await ada.ReadErrorsUntilAsync("Line 1 of standard input is no message");
        await ada.TypeAsync("""{"type":"DATA_UPDATE","payload":{"room":"A1"}}""");

        await bob.ReadUntilAsync("""{"type":"DATA_UPDATE","client_uuid":"ada","payload":{"room":"A1"},""");
        await ada.ReadUntilAsync("""{"type":"RESPONSE","client_uuid":"ada","payload":{"success":true,""");
        ada.EndInput();
        (await ada.EndAsync()).Ended(2);
    }

    [Fact]
    public async Task A_file_of_clients_that_is_in_use_is_refused_where_it_was_named_and_done_without_where_it_was_not()
    {
        await using Workplace place = new();
        await place.ServeAsync("unix:one.sock");

        (ProgramRun second, _) = await place.ServeAsync("unix:two.sock");
        await second.ReadErrorsUntilAsync("Clients are kept in memory");
        (await place.RunServerAsync("--listen", "unix:three.sock", "--clients", Path.Combine("trustrpc", "clients.jsonl"))).EndedWithOneLine(2, "another server has it");
    }

    [Theory]
    [InlineData("agent", "--schedule", "no-such-file.json")]
    [InlineData("agent", "surplus")]
    [InlineData("clients", "--page", "one")]
    [InlineData("send", "only-a-client")]
    [InlineData("subscribe", "--after", "-1")]
    [InlineData("sync", "surplus")]
    public async Task Wrong_usage_is_one_line_that_says_what_to_do(params string[] words)
    {
        await using Workplace place = new();

        (await place.RunClientAsync(words)).Ended(2);
        Assert.Contains("Example", (await place.RunClientAsync(words[0], "--help")).Ended(0).Output, StringComparison.Ordinal);
    }

    private static async Task<ProgramRun> AgentAsync(Workplace place, string name)
    {
        ProgramRun agent = place.StartClient("agent", "--name", name);
        await agent.ReadUntilAsync("Connected to ");
        return agent;
    }

    private static async Task<JsonElement> StatusAsync(Workplace place, string id)
    {
        JsonElement list = JsonElement.Parse((await place.RunClientAsync("clients", "--json")).Ended(0).Output);
        return list.GetProperty("clients").EnumerateArray().Single(client => client.GetProperty("uuid").GetString() == id);
    }

    private static async Task<string[]> IdsAsync(Workplace place, string which)
    {
        JsonElement list = JsonElement.Parse((await place.RunClientAsync("clients", which, "--json")).Ended(0).Output);
        return [.. list.GetProperty("clients").EnumerateArray().Select(client => client.GetProperty("uuid").GetString()!)];
    }

    private static async Task UntilEventAsync(ProgramRun events, string type, string uuid)
    {
        while (true)
        {
            JsonElement e = JsonElement.Parse(await events.ReadUntilAsync($"{{\"event_type\":\"{type}\""));
            if (e.GetProperty("payload").GetProperty("uuid").GetString() == uuid)
            {
                return;
            }
        }
    }
}
