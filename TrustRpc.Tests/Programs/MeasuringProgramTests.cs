using System.Text.Json;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Programs;

/// <summary><c>ping</c> and <c>bench</c>: what they say, not how fast it is.</summary>
public sealed class MeasuringProgramTests
{
    [Fact]
    public async Task A_bench_leaves_none_of_its_clients_in_a_directory()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:bench.sock");
        place.Environment["TRUSTRPC_SERVER"] = address;

        (await place.RunClientAsync("bench", "add", "1", "2", "--connections", "2", "--duration", "0.1")).Ended(0);

        string list = (await place.RunClientAsync("clients", "--json")).Ended(0).Output;
        Assert.All(JsonElement.Parse(list).GetProperty("clients").EnumerateArray(), client => Assert.StartsWith("~", client.GetProperty("uuid").GetString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Ping_tells_times_and_how_they_are_spread()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:ping.sock");

        string text = (await place.RunClientAsync("ping", "-c", "20", "--server", address)).Ended(0).Output;
        JsonElement json = JsonElement.Parse((await place.RunClientAsync("ping", "--count", "20", "--json", "--server", address)).Ended(0).Output);

        Assert.StartsWith($"20 round trips to {address}\n", text, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^  minimum +[0-9.]+ (us|ms|s)$", text);
        Assert.Matches(@"(?m)^  median +[0-9.]+ (us|ms|s)$", text);
        Assert.Matches(@"(?m)^  99% +[0-9.]+ (us|ms|s)$", text);
        Assert.Matches(@"(?m)^  up to +[0-9]+ (us|ms|s)  #+ +[0-9]+$", text);
        Assert.Equal(20, json.GetProperty("count").GetInt64());
        Assert.Equal(20, json.GetProperty("histogram").EnumerateArray().Sum(step => step.GetProperty("count").GetInt64()));
        Assert.InRange(json.GetProperty("median").GetDouble(), json.GetProperty("minimum").GetDouble(), json.GetProperty("maximum").GetDouble());
    }

    [Fact]
    public async Task Bench_counts_calls_that_succeed_and_those_that_fail()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:bench.sock");
        place.Environment["TRUSTRPC_SERVER"] = address;

        JsonElement json = JsonElement.Parse(
            (await place.RunClientAsync("bench", "greet", "42", "--connections", "2", "--in-flight", "4", "--duration", "0.2", "--json")).Ended(0).Output);
        string text = (await place.RunClientAsync("bench", "add", "a=1", "b=2", "--in-flight", "1", "--duration", "0.2")).Ended(0).Output;

        Assert.True(json.GetProperty("calls").GetInt64() > 0);
        Assert.Equal(0, json.GetProperty("errors").GetInt64());
        Assert.True(json.GetProperty("callsPerSecond").GetDouble() > 0);
        Assert.InRange(json.GetProperty("percentile99").GetDouble(), json.GetProperty("median").GetDouble(), json.GetProperty("maximum").GetDouble());
        Assert.Matches(@"(?m)^  calls/s +[0-9,]+$", text);
        (await place.RunClientAsync("bench", "fail", "on purpose")).EndedWithOneLine(1, "on purpose");
        (await place.RunClientAsync("bench", "gret")).EndedWithOneLine(5, "did you mean 'greet'?");
        (await place.RunClientAsync("bench", "greet", "Ada", "--in-flight", "0")).EndedWithOneLine(2, "--in-flight 0");
        (await place.RunClientAsync("ping", "-c", "many")).EndedWithOneLine(2, "--count many");
    }

    [Fact]
    public async Task Calls_that_fail_on_the_way_are_counted_by_their_codes_and_make_a_failure()
    {
        await using Workplace place = new();
        int calls = 0;
        await using RpcServer server = await place.ServeHereAsync("bench.sock", services => services.Add("sometimes", () => Interlocked.Increment(ref calls) % 2 == 0 ? throw new RpcException("no") : calls));

        string text = (await place.RunClientAsync("bench", "sometimes", "--duration", "0.2")).Ended(1).Output;

        Assert.Matches(@"(?m)^  errors +[0-9,]+  ApplicationError [0-9,]+$", text);
    }

    [UnixFact]
    public async Task An_interrupt_ends_it_early_and_prints_what_there_is()
    {
        await using Workplace place = new();
        (ProgramRun server, string address) = await place.ServeAsync("unix:bench.sock", "--verbose");
        ProgramRun run = place.StartClient("bench", "greet", "Ada", "--duration", "3000", "--server", address);
        await server.ReadErrorsUntilAsync("calls 'greet'");
        await server.ReadErrorsUntilAsync("calls 'greet'");

        run.Signal(ProgramRun.Interrupt);

        Assert.Matches(@"(?m)^  calls/s ", (await run.EndAsync()).Ended(130).Output);
    }
}
