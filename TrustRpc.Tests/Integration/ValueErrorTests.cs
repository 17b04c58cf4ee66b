using System.Text.Json;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration;

/// <summary>What people read about a value that cannot be written or read as JSON: what it is, where it is, why. The words of the serialiser stay in the inner exception.</summary>
public sealed class ValueErrorTests
{
    [Fact]
    public async Task An_argument_that_is_no_number_of_JSON_is_named_by_its_place()
    {
        await using RpcPair pair = await RpcPair.OpenAsync("in memory");

        Assert.Equal("Argument 2 of 'Add' cannot be written as JSON: NaN and the infinities have no form in JSON; send null or a text in their place.", await Says(() => pair.Client.CallAsync<int>("Add", [1, double.NaN])));
        Assert.StartsWith("Argument 'b' of 'Add' cannot be written as JSON: NaN", await Says(() => pair.Client.CallAsync<int>("Add", new { a = 1, b = float.PositiveInfinity })), StringComparison.Ordinal);
        Assert.StartsWith(
            "Argument 1 of 'Echo' cannot be written as JSON, at $.items[1].price: NaN",
            await Says(() => pair.Client.CallAsync<int>("Echo", [new { Items = (object[])[1, new { Price = double.NaN }] }])),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_argument_that_holds_itself_is_said_to()
    {
        await using RpcPair pair = await RpcPair.OpenAsync("in memory");
        List<object> loop = [];
        loop.Add(loop);

        Assert.Equal("The arguments of 'Echo' cannot be written as JSON: it refers to itself, or is nested more than 64 levels deep.", await Says(() => pair.Client.CallAsync<int>("Echo", [loop])));
    }

    [Fact]
    public async Task A_type_that_has_no_form_in_JSON_is_named_without_its_namespace()
    {
        await using RpcPair pair = await RpcPair.OpenAsync("in memory");

        string message = await Says(() => pair.Client.CallAsync<int>("Echo", [new { Kind = typeof(int) }]));

        Assert.StartsWith("Argument 1 of 'Echo' cannot be written as JSON", message, StringComparison.Ordinal);
        Assert.Contains("'Type'", message, StringComparison.Ordinal);
        NoNoise(message);
    }

    [Fact]
    public async Task A_result_that_is_no_number_of_JSON_is_told_to_its_caller_by_its_place()
    {
        await using RpcPair pair = await RpcPair.OpenAsync("in memory");
        pair.Server.Services.Add("nan", () => double.NaN).Add("inner", () => new Reading([1, double.NegativeInfinity]));

        Assert.Equal("'nan' ran, but its result cannot be sent: it cannot be written as JSON: NaN and the infinities have no form in JSON; send null or a text in their place.", await Says(() => pair.Client.CallAsync<double>("nan")));
        Assert.Contains("it cannot be written as JSON, at $.values[1]: NaN", await Says(() => pair.Client.CallAsync<Reading>("inner")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_property_of_a_result_throws_is_not_told_to_the_caller()
    {
        await using RpcPair pair = await RpcPair.OpenAsync("in memory");
        pair.Server.Services.Add("shy", () => new Shy());

        string message = await Says(() => pair.Client.CallAsync<JsonElement>("shy"));

        Assert.Contains("(FormatException; the sender's log says more)", message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_item_that_cannot_be_written_says_why()
    {
        await using RpcPair pair = await RpcPair.OpenAsync("in memory");
        pair.Server.Services.Add("readings", () => Readings());

        string message = await SaysOfTask(async () => await pair.Client.StreamAsync<Reading>("readings").ToListAsync());

        Assert.Contains("An item of 'readings' cannot be sent: it cannot be written as JSON, at $.values[0]: NaN", message, StringComparison.Ordinal);

        static async IAsyncEnumerable<Reading> Readings()
        {
            await Task.Yield();
            yield return new Reading([double.NaN]);
        }
    }

    [Fact]
    public async Task A_result_of_another_type_says_what_it_is_and_where()
    {
        await using RpcPair pair = await RpcPair.OpenAsync("in memory");
        pair.Server.Services.Add("measure", () => new { Name = "one", Values = (object[])[1, "two"] })
            .Add("place", () => new { Longitude = "far" });

        Assert.Equal("The result of 'Greet' cannot be read as Int32: it must be a 32-bit integer; got a string.", await Says(() => pair.Client.CallAsync<int>("Greet", ["Ada"])));
        Assert.Equal("The result of 'Nothing' cannot be read as Int32: it must be a 32-bit integer; got null.", await Says(() => pair.Client.CallAsync<int>("Nothing")));
        Assert.Equal("The result of 'measure' cannot be read as Reading: it has the form of a stream; if it is one, make the call with StreamAsync. Else what is at $.values[1] must be a number; got a string.", await Says(() => pair.Client.CallAsync<Reading>("measure")));
        Assert.Equal("The result of 'place' cannot be read as Place: what is at $.longitude must be a number; got a string.", await Says(() => pair.Client.CallAsync<Place>("place")));
    }

    [Fact]
    public async Task An_item_of_another_type_says_what_it_is()
    {
        await using RpcPair pair = await RpcPair.OpenAsync("in memory");
        pair.Server.Services.Add("names", () => (IAsyncEnumerable<string>)new[] { "Ada" }.ToAsyncEnumerable());

        string message = await SaysOfTask(async () => await pair.Client.StreamAsync<int>("names").ToListAsync());

        Assert.Contains("an item must be a 32-bit integer; got a string.", message, StringComparison.Ordinal);
        NoNoise(message);
    }

    private static Task<string> Says<T>(Func<ValueTask<T>> call) => SaysOfTask(async () => await call());

    private static async Task<string> SaysOfTask(Func<Task> call)
    {
        string message = (await Assert.ThrowsAsync<RpcCallException>(() => call().InTime())).Message;
        NoNoise(message);
        return message;
    }

    private static void NoNoise(string message)
    {
        foreach (string noise in (string[])["Path:", "LineNumber", "System.", "TrustRpc."])
            Assert.DoesNotContain(noise, message, StringComparison.Ordinal);
    }

    private sealed record Reading(double[] Values);

    private sealed record Place(double Longitude);

    private sealed class Shy
    {
#pragma warning disable CA1065, CA1822 // It throws, as a property of an object should not.
        public int Pin => throw new FormatException("hunter2");
#pragma warning restore CA1065, CA1822
    }
}
