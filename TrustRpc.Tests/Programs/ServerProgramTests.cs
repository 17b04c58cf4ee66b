using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Programs;

public sealed class ServerProgramTests
{
    [Fact]
    public async Task Keygen_prints_a_line_for_env_that_is_a_generated_secret_and_another_one_each_time()
    {
        await using Workplace place = new();

        string first = (await place.RunServerAsync("keygen")).Ended(0).Output.Trim();
        string second = (await place.RunServerAsync("keygen")).Ended(0).Output.Trim();

        Assert.StartsWith("TRUST_ID=tr1_", first, StringComparison.Ordinal);
        Assert.True(TrustId.Parse(first["TRUST_ID=".Length..]).IsGenerated);
        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task What_keygen_prints_works_as_the_env_file_of_both_programs()
    {
        await using Workplace place = new();
        await File.WriteAllTextAsync(place.PathOf(".env"), (await place.RunServerAsync("keygen")).Output);
        place.Environment.Remove("TRUST_ID");

        (_, string address) = await place.ServeAsync("tcp://127.0.0.1:0");
        ProgramResult call = await place.RunClientAsync("call", "greet", "Ada", "--server", address);

        Assert.Equal("\"Hello, Ada!\"\n", call.Ended(0).Output);
    }

    [Fact]
    public async Task Without_a_secret_one_line_says_how_to_make_one()
    {
        await using Workplace place = new();
        place.Environment.Remove("TRUST_ID");

        (await place.RunServerAsync("--listen", "tcp://127.0.0.1:0")).EndedWithOneLine(2, "-- keygen");
    }

    [Fact]
    public async Task A_secret_of_someones_choosing_does_not_listen_beyond_this_machine_unless_allowed_by_name()
    {
        await using Workplace place = new();
        place.Environment["TRUST_ID"] = "correct horse battery staple";

        (await place.RunServerAsync("--listen", "tcp://0.0.0.0:0")).EndedWithOneLine(2, "too weak");
        await place.ServeAsync("tcp://0.0.0.0:0", "--allow-text-trust-id");
    }

    [Theory]
    [InlineData("127.0.0.1:8888", "tcp://127.0.0.1:8888")]
    [InlineData("tcp://127.0.0.1", "port")]
    [InlineData("udp://127.0.0.1:1", "tcp")]
    public async Task A_bad_address_is_one_line_that_shows_good_ones(string address, string expected)
    {
        await using Workplace place = new();

        (await place.RunServerAsync("--listen", address)).EndedWithOneLine(2, expected);
    }

    [Theory]
    [InlineData("--nonsense", "--nonsense")]
    [InlineData("nonsense", "nonsense")]
    [InlineData("kegyen", "did you mean 'keygen'?")]
    [InlineData("--lisen", "did you mean --listen?")]
    [InlineData("--listen", "needs a value")]
    [InlineData("--drain 1 --drain 2", "--drain is given twice, as '1' and as '2': once is right. See --help.")]
    [InlineData("chat --name a --name b", "--name is given twice, as 'a' and as 'b': once is right. See chat --help.")]
    public async Task A_command_line_that_makes_no_sense_is_one_line(string words, string expected)
    {
        await using Workplace place = new();

        (await place.RunServerAsync(words.Split(' '))).EndedWithOneLine(2, expected);
    }

    [Fact]
    public async Task A_port_in_use_is_one_line_and_the_first_server_goes_on()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("tcp://127.0.0.1:0");

        (await place.RunServerAsync("--listen", address)).EndedWithOneLine(2, "in use");

        (await place.RunClientAsync("call", "greet", "Ada", "--server", address)).Ended(0);
    }

    [Fact]
    public async Task A_socket_path_in_use_is_one_line_and_the_first_server_goes_on()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:here.sock");

        (await place.RunServerAsync("--listen", address)).EndedWithOneLine(2, "another server listens there");

        (await place.RunClientAsync("call", "greet", "Ada", "--server", address)).Ended(0);
    }

    [Fact]
    public async Task Tls_with_a_certificate_that_is_not_there_is_one_line()
    {
        await using Workplace place = new();

        (await place.RunServerAsync("--listen", "tls://127.0.0.1:0", "--certificate", "none.pfx")).EndedWithOneLine(2, "none.pfx");
    }

    [UnixTheory]
    [InlineData(ProgramRun.Terminate)]
    [InlineData(ProgramRun.Interrupt)]
    public async Task A_signal_ends_it_in_order_with_calls_under_way_and_removes_the_socket_file(int signal)
    {
        await using Workplace place = new();
        (ProgramRun server, string address) = await place.ServeAsync("unix:here.sock");
        await using RpcClient client = await RpcClient.ConnectAsync(
            "unix://" + place.PathOf("here.sock"), new RpcClientOptions { TrustId = TrustId.Parse(place.Secret) });
        Assert.Equal("Hello, Ada!", await client.CallAsync<string>("greet", ["Ada"]));
        Assert.Equal("unix:here.sock", address);
        Assert.True(File.Exists(place.PathOf("here.sock")));

        server.Signal(signal);

        Assert.Contains("Stopped.", (await server.EndAsync()).Ended(0).Output, StringComparison.Ordinal);
        Assert.False(File.Exists(place.PathOf("here.sock")));
        Assert.Contains("shutdown", await client.Closed, StringComparison.Ordinal);
    }

    [UnixFact]
    public async Task A_call_under_way_comes_to_its_end_within_the_time_of_drain()
    {
        await using Workplace place = new();
        (ProgramRun server, string address) = await place.ServeAsync("tcp://127.0.0.1:0", "--drain", "60");
        await using RpcClient client = await RpcClient.ConnectAsync(address, new RpcClientOptions { TrustId = TrustId.Parse(place.Secret) });
        TaskCompletionSource goOn = new();
        await using IAsyncEnumerator<int> totals = client.StreamAsync<int>("running_total", [OneThenOneMore(goOn.Task)]).GetAsyncEnumerator();
        Assert.True(await totals.MoveNextAsync());

        server.Signal(ProgramRun.Terminate);
        await server.ReadUntilAsync("Stopping: running calls have 60 s.");
        goOn.SetResult();

        Assert.True(await totals.MoveNextAsync());
        Assert.Equal(2, totals.Current);
        Assert.False(await totals.MoveNextAsync());
        (await server.EndAsync()).Ended(0);
    }

    [UnixFact]
    public async Task A_call_that_outlasts_the_time_of_drain_is_cancelled()
    {
        await using Workplace place = new();
        (ProgramRun server, string address) = await place.ServeAsync("tcp://127.0.0.1:0", "--drain", "0");
        await using RpcClient client = await RpcClient.ConnectAsync(address, new RpcClientOptions { TrustId = TrustId.Parse(place.Secret) });
        Task<string> call = await BeginLongCallAsync(client);

        server.Signal(ProgramRun.Terminate);

        Assert.Equal(RpcErrorCode.Cancelled, (await Assert.ThrowsAsync<RpcCallException>(() => call)).Code);
        (await server.EndAsync()).Ended(0);
    }

    [UnixFact]
    public async Task A_second_signal_ends_it_at_once()
    {
        const int endedBySignal = 128;
        await using Workplace place = new();
        (ProgramRun server, string address) = await place.ServeAsync("tcp://127.0.0.1:0", "--drain", "3600");
        await using RpcClient client = await RpcClient.ConnectAsync(address, new RpcClientOptions { TrustId = TrustId.Parse(place.Secret) });
        Task<string> call = await BeginLongCallAsync(client);
        server.Signal(ProgramRun.Terminate);
        await server.ReadUntilAsync("Stopping");

        server.Signal(ProgramRun.Terminate);

        (await server.EndAsync()).Ended(endedBySignal + ProgramRun.Terminate);
        Assert.True((await Assert.ThrowsAsync<RpcConnectionException>(() => call)).MayHaveBeenExecuted);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("soon")]
    public async Task A_time_of_drain_that_is_none_is_one_line(string seconds)
    {
        await using Workplace place = new();

        (await place.RunServerAsync("--drain", seconds)).EndedWithOneLine(2, "--drain");
    }

    [UnixFact]
    public async Task The_log_tells_connections_calls_and_audit_and_no_arguments_when_asked()
    {
        await using Workplace place = new();
        (ProgramRun server, string address) = await place.ServeAsync("tcp://127.0.0.1:0", "--verbose", "--audit");
        await place.RunClientAsync("call", "greet", "Rumpelstiltskin", "--server", address);

        server.Signal(ProgramRun.Terminate);
        string log = (await server.EndAsync()).Ended(0).Errors;

        Assert.Contains("Listening on", log, StringComparison.Ordinal);
        Assert.Contains("Connected", log, StringComparison.Ordinal);
        Assert.Contains("calls 'greet'", log, StringComparison.Ordinal);
        Assert.Contains("Audit", log, StringComparison.Ordinal);
        Assert.DoesNotContain("Rumpelstiltskin", log, StringComparison.Ordinal);
        Assert.DoesNotContain("\e[", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_sub_command_explains_itself_with_an_example()
    {
        await using Workplace place = new();
        foreach (string[] words in (string[][])[["--help"], ["keygen", "--help"], ["chat", "--help"]])
        {
            Assert.Contains("dotnet run --project TrustRpc.Server", (await place.RunServerAsync(words)).Ended(0).Output, StringComparison.Ordinal);
        }
    }

    // The call after it is answered: so the long one has arrived.
    private static async Task<Task<string>> BeginLongCallAsync(RpcClient client)
    {
        Task<string> call = client.CallAsync<string>("long_running_task", [3600], new RpcCallOptions { Timeout = Timeout.InfiniteTimeSpan }).AsTask();
        await client.CallAsync("echo", [1]);
        return call;
    }

    private static async IAsyncEnumerable<int> OneThenOneMore(Task goOn)
    {
        yield return 1;
        await goOn;
        yield return 1;
    }
}
