using System.Text.Json;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Programs;

/// <summary><c>record</c> between a client and a server, and <c>replay</c> towards either.</summary>
public sealed class RecordProgramTests
{
    private const string Between = "unix:between.sock";

    [UnixTheory]
    [InlineData("unix:server.sock")]
    [InlineData("tcp://127.0.0.1:0")]
    public async Task Every_message_passes_and_is_written_down_with_its_direction(string listen)
    {
        await using Workplace place = new();
        (_, string server) = await place.ServeAsync(listen);
        ProgramRun record = await RecordAsync(place, server);

        Assert.Equal("\"Hello, Ada!\"\n", (await place.RunClientAsync("call", "greet", "Ada", "--server", Between)).Ended(0).Output);
        Assert.Contains("went as they should", (await place.RunClientAsync("--server", Between)).Ended(0).Output, StringComparison.Ordinal);
        string said = await EndAsync(record);

        JsonElement[] lines = Lines(place);
        Assert.Contains($"{lines.Count(line => line.TryGetProperty("message", out _))} messages of 2 conversations", said, StringComparison.Ordinal);
        Assert.Equal("opened", lines[0].GetProperty("event").GetString());
        Assert.Equal(("to_server", "greet"), (lines[1].GetProperty("direction").GetString(), lines[1].GetProperty("message").GetProperty("method").GetString()));
        Assert.Equal(("to_client", "Hello, Ada!"), (lines[2].GetProperty("direction").GetString(), lines[2].GetProperty("message").GetProperty("result").GetString()));
        Assert.All(lines, line => Assert.True(line.GetProperty("time").GetDouble() >= 0));
        Assert.Equal(2, lines.Count(line => line.TryGetProperty("event", out JsonElement e) && e.GetString() == "closed"));
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(place.PathOf("calls.jsonl")) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [UnixFact]
    public async Task Secrets_are_left_out()
    {
        await using Workplace place = new();
        (_, string server) = await place.ServeAsync("unix:server.sock");
        ProgramRun record = await RecordAsync(place, server, "--leave-out", "pin");

        string argument = """{"Pass-Word": "hunter2", "api_key": {"a": "hunter2"}, "pin": "hunter2", "user": "ada", "token": 7}""";
        Assert.Contains("hunter2", (await place.RunClientAsync("call", "echo", argument, "--server", Between)).Ended(0).Output, StringComparison.Ordinal);
        (await place.StartClient("call", "echo", $"my {place.Secret}", "--server", Between).EndAsync()).Ended(0);
        await EndAsync(record);

        string written = await File.ReadAllTextAsync(place.PathOf("calls.jsonl"));
        Assert.DoesNotContain("hunter2", written, StringComparison.Ordinal);
        Assert.DoesNotContain(place.Secret, written, StringComparison.Ordinal);
        Assert.DoesNotContain("proof", written, StringComparison.Ordinal);
        Assert.Contains("""[{"Pass-Word":"[left out]","api_key":"[left out]","pin":"[left out]","user":"ada","token":7}]""", written, StringComparison.Ordinal);
    }

    [UnixFact]
    public async Task The_same_server_answers_a_replay_as_it_did_and_another_one_is_found_out()
    {
        await using Workplace place = new();
        (_, string server) = await place.ServeAsync("unix:server.sock");
        ProgramRun record = await RecordAsync(place, server);
        await using (RpcClient client = await ConnectAsync(place, "between.sock"))
        {
            await CallAllKindsAsync(client);
        }

        await EndAsync(record);

        ProgramResult same = await place.RunClientAsync("replay", "calls.jsonl", "--server", server);
        Assert.Equal("", same.Ended(0).Output);
        Assert.Contains("All 7 answers are the same as in the recording.", same.Errors, StringComparison.Ordinal);
        ProgramResult json = await place.RunClientAsync("replay", "calls.jsonl", "--server", server, "--json");
        Assert.All(json.Ended(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.True(JsonElement.Parse(line).GetProperty("same").GetBoolean()));

        await place.StartClient("serve", "--listen", "unix:other.sock", "--method", "greet=echo Good day", "--stream", "count=seq 1 3").ReadUntilAsync("Serving on");
        ProgramResult other = await place.RunClientAsync("replay", "calls.jsonl", "--server", "unix:other.sock");
        Assert.Contains("greet [\"Ada\"]\n  then \"Hello, Ada!\"\n  now  \"Good day\"\n", other.Ended(1).Output, StringComparison.Ordinal);
        Assert.Contains("add {\"a\":2,\"b\":40}\n  then 42\n  now  error -32601", other.Output, StringComparison.Ordinal);
    }

    [UnixFact]
    public async Task A_recording_stands_in_for_its_server()
    {
        await using Workplace place = new();
        (ProgramRun server, string address) = await place.ServeAsync("unix:server.sock");
        ProgramRun record = await RecordAsync(place, address);
        await using (RpcClient client = await ConnectAsync(place, "between.sock"))
        {
            await CallAllKindsAsync(client);
        }

        await EndAsync(record);
        server.Signal(ProgramRun.Terminate);
        await server.EndAsync();
        ProgramRun play = place.StartClient("replay", "calls.jsonl", "--listen", "unix:play.sock");
        await play.ReadUntilAsync("Serving on unix:play.sock");

        await using (RpcClient client = await ConnectAsync(place, "play.sock"))
        {
            Assert.Equal("Hello, Ada!", await client.CallAsync<string>("greet", ["Ada"]));
            Assert.Equal(42, await client.CallAsync<int>("add", new { b = 40, a = 2 }));
            Assert.Equal(Enumerable.Range(1, 1000), await client.StreamAsync<int>("count", [1000]).ToListAsync());
            Assert.Equal(6, await client.CallAsync<int>("sum", [AsyncEnumerable.Range(1, 3)]));
            Assert.Equal("no more", (await Assert.ThrowsAsync<RpcCallException>(async () => await client.CallAsync("fail", ["no more"]))).Message);
            RpcCallException unknown = await Assert.ThrowsAsync<RpcCallException>(async () => await client.CallAsync("greet", ["Bob"]));
            Assert.Equal((RpcErrorCode.InvalidParams, "'greet' was not recorded with these arguments, but with [\"Ada\"]."), (unknown.Code, unknown.Message));
        }

        Assert.Contains("All 7 answers", (await place.RunClientAsync("replay", "calls.jsonl", "--server", "unix:play.sock")).Errors, StringComparison.Ordinal);
        play.Signal(ProgramRun.Terminate);
        Assert.EndsWith("Stopped.\n", (await play.EndAsync()).Ended(0).Output, StringComparison.Ordinal);
    }

    [UnixFact]
    public async Task A_server_that_goes_away_ends_the_conversation_and_not_the_recorder()
    {
        await using Workplace place = new();
        (ProgramRun server, string address) = await place.ServeAsync("unix:server.sock");
        ProgramRun record = await RecordAsync(place, address);
        await using RpcClient client = await ConnectAsync(place, "between.sock");
        Assert.Equal(3, await client.CallAsync<int>("add", [1, 2]));

        server.Signal(ProgramRun.Kill);
        await client.Closed.InTime();

        (await place.RunClientAsync("call", "greet", "Ada", "--server", Between)).Ended(3);
        Assert.Contains("2 conversations", await EndAsync(record), StringComparison.Ordinal);
        Assert.Contains("could not be reached", await File.ReadAllTextAsync(place.PathOf("calls.jsonl")), StringComparison.Ordinal);
    }

    [UnixFact]
    public async Task A_file_that_is_full_says_so_and_so_does_a_replay_of_it()
    {
        await using Workplace place = new();
        (_, string server) = await place.ServeAsync("unix:server.sock");
        ProgramRun record = await RecordAsync(place, server, "--max-size", "1");
        string text = new('x', 200_000);
        await using (RpcClient client = await ConnectAsync(place, "between.sock"))
        {
            await client.CallAsync<string>("greet", ["Ada"]);
            for (int i = 0; i < 4; i++)
            {
                Assert.Equal(text, await client.CallAsync<string>("echo", [text]));
            }

            Assert.Equal("Hello, Grace!", await client.CallAsync<string>("greet", ["Grace"]));
        }

        await record.ReadErrorsUntilAsync("calls.jsonl is full");
        Assert.Contains(" messages of 1 conversation are in calls.jsonl; there were more, which the file did not take.", await EndAsync(record), StringComparison.Ordinal);
        Assert.InRange(new FileInfo(place.PathOf("calls.jsonl")).Length, 800_000, 1024 * 1024);
        JsonElement last = Lines(place)[^1];
        Assert.Equal(("full", 1024 * 1024), (last.GetProperty("event").GetString(), last.GetProperty("max_bytes").GetInt64()));
        ProgramResult replay = (await place.RunClientAsync("replay", "calls.jsonl", "--server", server)).Ended(0);
        Assert.Contains("warning: calls.jsonl is incomplete", replay.Errors, StringComparison.Ordinal);
        Assert.Contains("All 3 answers are the same as in the recording.", replay.Errors, StringComparison.Ordinal);
    }

    [UnixFact]
    public async Task What_cannot_be_done_is_one_line()
    {
        await using Workplace place = new();
        (_, string server) = await place.ServeAsync("unix:server.sock");
        await File.WriteAllTextAsync(place.PathOf("there.jsonl"), "{}\n");

        (await place.RunClientAsync("record", "there.jsonl", "--server", server)).EndedWithOneLine(2, "--overwrite replaces it");
        (await place.RunClientAsync("record", "new.jsonl", "--server", "unix:nobody.sock")).EndedWithOneLine(3, "nobody.sock");
        (await place.RunClientAsync("record", "new.jsonl", "--server", server, "--listen", server)).EndedWithOneLine(2, "server.sock");
        (await place.RunClientAsync("replay", "there.jsonl", "--server", server)).EndedWithOneLine(2, "there.jsonl, line 1");
        (await place.RunClientAsync("replay", "nowhere.jsonl", "--server", server)).EndedWithOneLine(2, "nowhere.jsonl");
    }

    private static async Task CallAllKindsAsync(RpcClient client)
    {
        await client.CallAsync<string>("greet", ["Ada"]);
        await client.CallAsync<int>("add", new { a = 2, b = 40 });
        Assert.Equal(1000, await client.StreamAsync<int>("count", [1000]).CountAsync());
        await client.StreamAsync<int>("count", [1_000_000]).Take(5).ToListAsync();
        await client.CallAsync<int>("sum", [AsyncEnumerable.Range(1, 3)]);
        await Assert.ThrowsAsync<RpcCallException>(async () => await client.CallAsync("fail", ["no more"]));
        await client.NotifyAsync("greet", ["Ada"]);
        await client.CallAsync<string>("ask_back", ["Why"]);
    }

    private static async Task<ProgramRun> RecordAsync(Workplace place, string server, params string[] more)
    {
        ProgramRun record = place.StartClient(["record", "calls.jsonl", "--server", server, "--listen", Between, .. more]);
        await record.ReadUntilAsync("Recording on " + Between);
        return record;
    }

    private static async Task<string> EndAsync(ProgramRun record)
    {
        record.Signal(ProgramRun.Interrupt);
        return (await record.EndAsync()).Ended(0).Output;
    }

    private static Task<RpcClient> ConnectAsync(Workplace place, string socket)
    {
        RpcClientOptions options = new() { TrustId = TrustId.Parse(place.Secret) };
        options.Services.Add("answer", (string question) => question + "? 42.");
        return RpcClient.ConnectAsync("unix://" + place.PathOf(socket), options);
    }

    private static JsonElement[] Lines(Workplace place) => [.. File.ReadAllLines(place.PathOf("calls.jsonl")).Select(line => JsonElement.Parse(line))];
}
