using System.Text.Json;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Integration;

/// <summary>What a caller gets when a call fails, and that the connection lives on after each of these.</summary>
public class ErrorTests
{
    public static TheoryData<string> Transports => TransportCase.All;

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task An_unknown_method_is_named(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);

        RpcCallException e = await FailsAsync(pair, RpcErrorCode.MethodNotFound, "noSuchMethod", ["x"]);

        Assert.Contains("'noSuchMethod'", e.Message, StringComparison.Ordinal);
        await FailsAsync(pair, RpcErrorCode.MethodNotFound, "greet", ["names match exactly"]);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_missing_surplus_or_ill_typed_parameter_is_named(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);

        Assert.Contains("'name'", (await FailsAsync(pair, RpcErrorCode.InvalidParams, "Greet", [])).Message, StringComparison.Ordinal);
        Assert.Contains("'a'", (await FailsAsync(pair, RpcErrorCode.InvalidParams, "Add", ["one", 2])).Message, StringComparison.Ordinal);
        Assert.Contains("(a, b)", (await FailsAsync(pair, RpcErrorCode.InvalidParams, "Add", [1, 2, 3])).Message, StringComparison.Ordinal);
        RpcCallException named = await Assert.ThrowsAsync<RpcCallException>(() => pair.Client.CallAsync<int>("Add", new { a = 1, c = 2 }).InTime());
        Assert.Equal(RpcErrorCode.InvalidParams, named.Code);
        Assert.Contains("'c'", named.Message, StringComparison.Ordinal);
        await StillWorksAsync(pair);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task An_error_on_purpose_keeps_its_code_its_message_and_its_data(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);

        Assert.Equal("No more apples.", (await FailsAsync(pair, RpcErrorCode.ApplicationError, "Fail", ["No more apples."])).Message);
        Assert.Equal("Later.", (await FailsAsync(pair, RpcErrorCode.ApplicationError, "FailLater", ["Later."])).Message);
        RpcCallException e = await FailsAsync(pair, (RpcErrorCode)1234, "FailWith", [1234, "Mine."]);
        Assert.Equal("Mine.", e.Message);
        Assert.Equal(3, e.ErrorData!.Value.GetProperty("tries").GetInt32());
        Assert.Null(e.ErrorId);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task An_unexpected_exception_shows_an_id_and_no_detail(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);

        RpcCallException e = await FailsAsync(pair, RpcErrorCode.InternalError, "Crash", []);

        Assert.Matches("^[0-9a-f]{12}$", e.ErrorId);
        Assert.Contains(e.ErrorId!, e.Message, StringComparison.Ordinal);
        Assert.Null(e.ErrorData);
        Assert.DoesNotContain("hunter2", e.ToString(), StringComparison.Ordinal);
        Assert.NotEqual(e.ErrorId, (await FailsAsync(pair, RpcErrorCode.InternalError, "Crash", [])).ErrorId);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_server_that_is_told_to_shows_the_exception(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport, server => server.ExposeExceptionDetails = true);

        RpcCallException e = await FailsAsync(pair, RpcErrorCode.InternalError, "Crash", []);

        Assert.Contains("hunter2", e.Message, StringComparison.Ordinal);
        JsonElement data = e.ErrorData!.Value;
        Assert.Equal(typeof(InvalidOperationException).FullName, data.GetProperty("type").GetString());
        Assert.Equal("the password is hunter2", data.GetProperty("message").GetString());
        Assert.Contains(nameof(Specimen.Crash), data.GetProperty("stack").GetString(), StringComparison.Ordinal);
        Assert.NotNull(e.ErrorId);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_result_that_cannot_be_sent_fails_its_call_alone(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport, server => server.MaxFrameLength = 4096);

        foreach (string method in (string[])["Unspeakable", "Loop"])
            Assert.Contains($"'{method}'", (await FailsAsync(pair, RpcErrorCode.ResultNotSendable, method, [])).Message, StringComparison.Ordinal);
        Assert.Contains("4096", (await FailsAsync(pair, RpcErrorCode.ResultNotSendable, "Long", [5000])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_result_of_another_type_than_the_caller_asked_for_fails_its_call_alone(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);

        RpcCallException text = await Assert.ThrowsAsync<RpcCallException>(() => pair.Client.CallAsync<int>("Greet", ["Alice"]).InTime());
        RpcCallException nothing = await Assert.ThrowsAsync<RpcCallException>(() => pair.Client.CallAsync<int>("Nothing").InTime());

        Assert.Equal(RpcErrorCode.ResultNotSendable, text.Code);
        Assert.Equal(RpcErrorCode.ResultNotSendable, nothing.Code);
        await StillWorksAsync(pair);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Arguments_over_the_frame_limit_fail_where_they_are_and_nothing_is_sent(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport, server => server.MaxFrameLength = 4096);

        RpcCallException e = await FailsAsync(pair, RpcErrorCode.InvalidParams, "Greet", [new string('x', 5000)]);

        Assert.Contains("4096", e.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<RpcCallException>(() => pair.Client.NotifyAsync("Note", [new string('x', 5000)]).InTime());
        await StillWorksAsync(pair);
        Assert.Empty(pair.Methods.Notes);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Arguments_that_are_no_JSON_fail_where_they_are(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);
        List<object> loop = [];
        loop.Add(loop);

        var halfACharacter = JsonElement.Parse("\"\\ud800\"");

        foreach (object argument in (object[])[typeof(string), loop, double.NaN, halfACharacter, Nested(63)])
            await FailsAsync(pair, RpcErrorCode.InvalidParams, "Echo", [argument]);
        Assert.Equal(JsonValueKind.Array, (await pair.Client.CallAsync<JsonElement>("Echo", [Nested(62)]).InTime()).ValueKind);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_lone_value_in_the_place_of_the_arguments_fails_where_it_is(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport);

        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => pair.Client.CallAsync<string>("Greet", "Alice").InTime());

        Assert.Equal(RpcErrorCode.InvalidParams, e.Code);
        Assert.Contains("'Greet'", e.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<RpcCallException>(() => pair.Client.NotifyAsync("Note", 7).InTime());
        await StillWorksAsync(pair);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task An_error_of_a_call_back_is_no_error_on_purpose_of_the_method_that_made_it(string transport)
    {
        await using RpcPair pair = await RpcPair.OpenAsync(transport, client: options => options.Services.Add("refuse", string () => throw new RpcException("between us two")));
        pair.Server.Services.Add("ask", async Task<string> (RpcContext context) => await context.CallAsync<string>("refuse"));

        RpcCallException e = await FailsAsync(pair, RpcErrorCode.InternalError, "ask", []);

        Assert.DoesNotContain("between us two", e.Message, StringComparison.Ordinal);
    }

    private static async Task<RpcCallException> FailsAsync(RpcPair pair, RpcErrorCode code, string method, object?[] arguments)
    {
        RpcCallException e = await Assert.ThrowsAsync<RpcCallException>(() => pair.Client.CallAsync<JsonElement>(method, arguments.AsSpan()).InTime());
        Assert.Equal(code, e.Code);
        RpcCallException blocking = await Assert.ThrowsAsync<RpcCallException>(
            () => Patience.OnOwnThread(() => pair.Client.Call<JsonElement>(method, arguments.AsSpan())).InTime());
        Assert.Equal(code, blocking.Code);
        await StillWorksAsync(pair);
        return e;
    }

    private static async Task StillWorksAsync(RpcPair pair) => Assert.Equal(3, await pair.Client.CallAsync<int>("Add", [1, 2]).InTime());

    private static object Nested(int levels)
    {
        object value = Array.Empty<object>();
        for (int i = 1; i < levels; i++)
            value = new object[] { value };
        return value;
    }
}
