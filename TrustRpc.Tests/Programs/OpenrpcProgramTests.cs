using System.Text.Json;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Programs;

public sealed class OpenrpcProgramTests
{
    [Fact]
    public async Task It_prints_what_the_server_offers_as_a_document()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("tcp://127.0.0.1:0");

        ProgramResult run = await place.RunClientAsync("openrpc", "--server", address);

        JsonElement document = JsonElement.Parse(run.Ended(0).Output);
        JsonElement meta = JsonElement.Parse(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Vectors", "openrpc-1.3.json")));
        Assert.Empty(new JsonSchema(meta).Check(document));
        JsonElement greet = document.GetProperty("methods").EnumerateArray().Single(method => method.GetProperty("name").GetString() == "greet");
        Assert.Equal("Greets someone by name.", greet.GetProperty("summary").GetString());
        Assert.Equal("", run.Errors);
    }

    [Fact]
    public async Task It_says_in_one_line_that_it_takes_no_words_and_helps()
    {
        await using Workplace place = new();

        (await place.RunClientAsync("openrpc", "greet")).EndedWithOneLine(2, "openrpc --help");
        Assert.Contains("Example", (await place.RunClientAsync("openrpc", "--help")).Ended(0).Output, StringComparison.Ordinal);
    }
}
