using System.Text.Json;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Programs;

public sealed class TopProgramTests
{
    [Fact]
    public async Task It_shows_the_figures_of_a_server_that_lets_it()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("tcp://127.0.0.1:0", "--stats");
        (await place.RunClientAsync("call", "greet", "Ada", "--server", address)).Ended(0);

        ProgramResult table = await place.RunClientAsync("top", address, "--count", "1");
        ProgramResult json = await place.RunClientAsync("top", "--server", address, "--count", "2", "--interval", "0.01", "--json");

        Assert.Matches(@"(?m)^greet +[0-9.]+ +1 +0 +[0-9.]+ +[0-9.]+$", table.Ended(0).Output);
        Assert.DoesNotContain("\e", table.Output, StringComparison.Ordinal);
        Assert.Equal(2, json.Ended(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Count(line => JsonElement.Parse(line).GetProperty("connections").GetInt32() >= 1));
    }

    [Fact]
    public async Task A_server_that_does_not_let_it_is_told_in_one_line()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("tcp://127.0.0.1:0");

        (await place.RunClientAsync("top", address)).EndedWithOneLine(4, "--stats of TrustRpc.Server");
        (await place.RunClientAsync("top", address, "--count", "0")).EndedWithOneLine(2, "--count 0");
        Assert.Contains("Example", (await place.RunClientAsync("top", "--help")).Ended(0).Output, StringComparison.Ordinal);
    }
}
