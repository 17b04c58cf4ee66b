using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Programs;

/// <summary>The client's <c>serve</c>: shell commands and prepared answers as methods.</summary>
public sealed class ServeProgramTests
{
    private const string Address = "unix:serve.sock";

    [UnixFact]
    public async Task What_a_command_prints_is_the_result_JSON_or_else_a_text()
    {
        await using Workplace place = new();
        await ServeAsync(place, "--method", "date=echo 2020-01-01", "--method", "answer=echo 42", "--method", "lines=printf 'a\\nb\\n\\n'", "--method", "nothing=true");

        Assert.Equal("\"2020-01-01\"\n", await Call(place, "date"));
        Assert.Equal("42\n", await Call(place, "answer"));
        Assert.Equal("\"a\\nb\\n\"\n", await Call(place, "lines"));
        Assert.Equal("\"\"\n", await Call(place, "nothing"));
    }

    [UnixFact]
    public async Task Arguments_reach_a_command_as_data_and_never_as_a_part_of_it()
    {
        await using Workplace place = new();
        await ServeAsync(place, "--method", "words=printf '<%s>' \"$0\" \"$@\" \"$ARG_1\"", "--method", "named=printf '<%s>' \"$ARG_a\" \"$PATH\" \"$ARG_PATH\" | sed \"s|$PATH|usual|\"", "--method", "all=cat");

        Assert.Equal("\"<words><; touch x><$(touch x)><`touch x`><7><; touch x>\"\n", await Call(place, "words", "; touch x", "$(touch x)", "`touch x`", "7"));
        Assert.Equal("\"<$(touch x)><usual><here>\"\n", await Call(place, "named", "a=$(touch x)", "PATH=here"));
        Assert.Equal("{\"a\":[1,null],\"b\":\"two\"}\n", await Call(place, "all", "a=[1,null]", "b=two"));
        Assert.Equal("[]\n", await Call(place, "all"));
        Assert.False(File.Exists(place.PathOf("x")));
        (await place.RunClientAsync("call", "words", "\"a\\u0000b\"", "--server", Address)).EndedWithOneLine(5, "NUL");
        (await place.RunClientAsync("call", "words", new string('a', 100_000), "--server", Address)).EndedWithOneLine(5, "98304 bytes");
    }

    [UnixFact]
    public async Task A_command_that_fails_is_an_error_with_its_last_words()
    {
        await using Workplace place = new();
        await ServeAsync(place, "--method", "fail=for i in 1 2 3 4 5; do echo line $i >&2; done; exit 3", "--method", "much=head -c 1100000 /dev/zero", "--method", "id=test -z \"$TRUST_ID\"");

        (await place.RunClientAsync("call", "fail", "--server", Address)).EndedWithOneLine(1, "'fail' ended with exit code 3: line 3; line 4; line 5");
        (await place.RunClientAsync("call", "much", "--server", Address)).EndedWithOneLine(1, "'much' prints more than 1048576 bytes");
        Assert.Equal("\"\"\n", await Call(place, "id"));
    }

    [UnixFact]
    public async Task A_call_that_has_no_time_left_ends_the_command_with_all_that_it_started()
    {
        await using Workplace place = new();
        await ServeAsync(place, "--method", "slow=sh -c 'echo $$ > slow.pid; exec sleep 1000'; true");

        (await place.RunClientAsync("call", "slow", "--timeout", "5", "--server", Address)).Ended(7);

        int id = int.Parse(await File.ReadAllTextAsync(place.PathOf("slow.pid")));
        await Patience.UntilAsync(() => !IsRunning(id));
    }

    [UnixFact]
    public async Task The_lines_of_a_command_are_a_stream_that_ends_with_its_reader()
    {
        await using Workplace place = new();
        await ServeAsync(place, "--stream", "count=seq 1 $1", "--stream", "endless=echo $$ > endless.pid; yes");
        await using RpcClient client = await ConnectAsync(place);

        Assert.Equal([1, 2, 3], await client.StreamAsync<int>("count", [3]).ToListAsync());
        Assert.Equal("y", await client.StreamAsync<string>("endless").FirstAsync());
        int id = int.Parse(await File.ReadAllTextAsync(place.PathOf("endless.pid")));
        await Patience.UntilAsync(() => !IsRunning(id));
    }

    [Fact]
    public async Task A_directory_of_files_answers_and_is_read_at_each_call()
    {
        await using Workplace place = new();
        Directory.CreateDirectory(place.PathOf("answers"));
        await WriteAsync("greet.json", "{\"text\": \"Hello\"} // a remark");
        await WriteAsync("items.jsonl", "1\n\n{\"two\": 2}\n");
        await WriteAsync("lost.error.json", "{\"code\": -32015, \"message\": \"There is no such thing.\", \"data\": 7}");
        await WriteAsync("broken.json", "{");
        await WriteAsync("rpc.mine.json", "1");
        await ServeAsync(place, "--fixtures", "answers");
        await using RpcClient client = await ConnectAsync(place);

        Assert.Equal("{\"text\":\"Hello\"}\n", (await Call(place, "greet", "Ada")).Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal("{\"text\":\"Hello\"}\n", (await Call(place, "greet", "name=Ada")).Replace(" ", "", StringComparison.Ordinal));
        await WriteAsync("greet.json", "2");
        Assert.Equal("2\n", await Call(place, "greet"));
        Assert.Equal(2, await client.StreamAsync<System.Text.Json.JsonElement>("items").CountAsync());
        RpcCallException lost = await Assert.ThrowsAsync<RpcCallException>(async () => await client.CallAsync("lost"));
        Assert.Equal((RpcErrorCode.NotFound, "There is no such thing.", 7), (lost.Code, lost.Message, lost.ErrorData!.Value.GetInt32()));
        (await place.RunClientAsync("call", "broken", "--server", Address)).EndedWithOneLine(1, "broken.json is no JSON");
        (await place.RunClientAsync("call", "rpc.mine", "--server", Address)).Ended(5);
        await WriteAsync("later.json", "3");
        await Patience.UntilAsync(() => client.Call<System.Text.Json.JsonElement>("rpc.discover").GetRawText().Contains("\"later\"", StringComparison.Ordinal));
        Assert.Equal("3\n", await Call(place, "later"));
        File.Delete(place.PathOf("answers/later.json"));
        (await place.RunClientAsync("call", "later", "--server", Address)).EndedWithOneLine(5, "no answer for 'later' any more");

        Task WriteAsync(string name, string text) => File.WriteAllTextAsync(place.PathOf("answers/" + name), text);
    }

    [UnixFact]
    public async Task A_signal_ends_it_in_order()
    {
        await using Workplace place = new();
        ProgramRun serve = await ServeAsync(place, "--method", "slow=echo > started; sleep 0.2; echo done");
        ProgramRun call = place.StartClient("call", "slow", "--server", Address);
        await Patience.UntilAsync(() => File.Exists(place.PathOf("started")));

        serve.Signal(ProgramRun.Terminate);

        Assert.Equal("\"done\"\n", (await call.EndAsync()).Ended(0).Output);
        Assert.EndsWith("Stopped.\n", (await serve.EndAsync()).Ended(0).Output, StringComparison.Ordinal);
        Assert.False(File.Exists(place.PathOf("serve.sock")));
    }

    [Theory]
    [InlineData("serve needs something to serve")]
    [InlineData("--method date: that is not NAME=COMMAND", "--method", "date")]
    [InlineData("the name 'a' would stand for both", "--method", "a=true", "--stream", "a=true")]
    [InlineData("no such directory", "--fixtures", "nowhere")]
    public async Task What_cannot_be_served_is_one_line(string expected, params string[] words)
    {
        await using Workplace place = new();

        (await place.RunClientAsync(["serve", .. words])).EndedWithOneLine(2, expected);
    }

    [Fact]
    public async Task A_fresh_secret_is_one_that_both_ends_take()
    {
        await using Workplace place = new();

        ProgramResult made = (await place.RunClientAsync("keygen")).Ended(0);

        TrustId fresh = TrustId.Parse(made.Output["TRUST_ID=".Length..]);
        Assert.True(fresh.IsGenerated);
        Assert.Contains(fresh.Fingerprint, made.Errors, StringComparison.Ordinal);
    }

    private static async Task<ProgramRun> ServeAsync(Workplace place, params string[] words)
    {
        ProgramRun serve = place.StartClient(["serve", "--listen", Address, .. words]);
        await serve.ReadUntilAsync("Serving on " + Address);
        return serve;
    }

    private static Task<RpcClient> ConnectAsync(Workplace place)
        => RpcClient.ConnectAsync("unix://" + place.PathOf("serve.sock"), new RpcClientOptions { TrustId = TrustId.Parse(place.Secret) });

    private static async Task<string> Call(Workplace place, params string[] words)
        => (await place.RunClientAsync(["call", "--server", Address, "--", .. words])).Ended(0).Output;

    // A process that has ended stays in the table until whoever started it has looked.
    private static bool IsRunning(int id)
    {
        try
        {
            return !File.ReadAllText($"/proc/{id}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
