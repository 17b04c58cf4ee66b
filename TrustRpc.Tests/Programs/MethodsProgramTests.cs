using System.ComponentModel;
using System.Text.Json;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Programs;

/// <summary>What a server offers, as <c>methods</c> and <c>describe</c> tell it.</summary>
public sealed class MethodsProgramTests
{
    [Fact]
    public async Task The_methods_are_a_table_that_a_pattern_makes_shorter()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:methods.sock");
        place.Environment["TRUSTRPC_SERVER"] = address;

        string all = (await place.RunClientAsync("methods")).Ended(0).Output;
        string[] some = (await place.RunClientAsync("methods", "GREET*")).Ended(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Matches(@"(?m)^METHOD +ARGUMENTS +RESULT +SUMMARY$", all);
        Assert.Matches(@"(?m)^add +a: number, b: number +number +Adds two numbers\.$", all);
        Assert.Matches(@"(?m)^work +steps: integer, \[progress\] +string +Works", all);
        Assert.Matches(@"(?m)^count +n: integer +stream of integer +Counts", all);
        Assert.Equal(["greet", "greeter.Count", "greeter.Greet"], some[1..].Select(line => line.Split(' ')[0]));
        (await place.RunClientAsync("methods", "zz*")).EndedWithOneLine(1, "Nothing here is like 'zz*'");
    }

    [Fact]
    public async Task Programs_get_the_method_objects_a_line_each()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:methods.sock");

        string[] lines = (await place.RunClientAsync("methods", "greet?r.*", "--json", "--server", address)).Ended(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string one = (await place.RunClientAsync("describe", "add", "--json", "--server", address)).Ended(0).Output;

        Assert.Equal(["greeter.Count", "greeter.Greet"], lines.Select(line => JsonElement.Parse(line).GetProperty("name").GetString()));
        Assert.Equal(2, JsonElement.Parse(one).GetProperty("params").GetArrayLength());
    }

    [Fact]
    public async Task A_method_is_described_with_all_that_the_server_says()
    {
        await using Workplace place = new();
        await using RpcServer server = await place.ServeHereAsync("described.sock", services => services.Add(
            "book",
            [Description("Books a room."), Obsolete("Use reserve.")] ([Description("which room")] Room room, int[] hours, string? note = null) => room.Seats > hours.Length && note is null));

        string page = (await place.RunClientAsync("describe", "book")).Ended(0).Output;

        Assert.Equal(
            """
            book: Books a room.

            Deprecated. Use reserve.

            Parameters:
              room      object; which room
                .name   string
                .seats  integer
              hours     integer[]
              note      string?; default: null

            Result:
              boolean

            Example:
              trustrpc call book '{"name": "text", "seats": 1}' '[1]'

            """,
            page);
        (await place.RunClientAsync("describe", "bok")).EndedWithOneLine(5, "did you mean 'book'?");
    }

    [UnixTheory]
    [InlineData("add")]
    [InlineData("greeter.Greet")]
    [InlineData("running_total")]
    [InlineData("work")]
    [InlineData("sum")]
    public async Task The_example_runs_as_it_stands_in_a_shell(string method)
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:example.sock");
        string page = (await place.RunClientAsync("describe", method, "--server", address)).Ended(0).Output;
        string example = page[(page.IndexOf("Example:\n", StringComparison.Ordinal) + "Example:\n".Length)..].Trim();

        ProgramRun run = place.StartProgram("/bin/sh", "-c", $"trustrpc() {{ dotnet '{Repository.Program("TrustRpc.Client")}' \"$@\"; }}; {example}");

        Assert.NotEqual("", (await run.EndAsync()).Ended(0).Output);
    }

    private sealed record Room(string Name, int Seats);
}
