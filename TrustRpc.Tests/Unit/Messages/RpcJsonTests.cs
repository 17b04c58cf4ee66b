using System.Text.Json;
using TrustRpc.Messages;

namespace TrustRpc.Tests.Unit.Messages;

public sealed class RpcJsonTests
{
    [Fact]
    public void Objects_travel_in_camel_case_enums_as_numbers_and_letters_as_they_are()
        => Assert.Equal(
            """{"firstName":"Zoë <&>","day":2,"nested":null}""",
            JsonSerializer.Serialize(new Person("Zoë <&>", DayOfWeek.Tuesday), RpcJson.Options));

    [Fact]
    public void A_tuple_arrives_with_what_it_held()
    {
        (int, string) sent = (1, "a");
        string json = JsonSerializer.Serialize(sent, RpcJson.Options);

        Assert.Equal("""{"item1":1,"item2":"a"}""", json);
        Assert.Equal(sent, JsonSerializer.Deserialize<(int, string)>(json, RpcJson.Options));
    }

    [Fact]
    public void Names_are_read_in_any_case()
        => Assert.Equal(new Person("a", DayOfWeek.Monday), Read("""{"FIRSTNAME":"a","Day":1}"""));

    [Theory]
    [InlineData("""{"day":1}""")]
    [InlineData("""{"firstName":null,"day":1}""")]
    [InlineData("""{"firstName":"a","day":1,"firstName":"b"}""")]
    [InlineData("""{"firstName":"a","day":1,}""")]
    public void What_is_missing_null_or_double_is_refused(string json) => Assert.Throws<JsonException>(() => Read(json));

    [Fact]
    public void What_json_has_no_number_for_does_not_travel()
        => Assert.Throws<ArgumentException>(() => JsonSerializer.Serialize(double.NaN, RpcJson.Options));

    [Fact]
    public void Nobody_can_change_the_options() => Assert.True(RpcJson.Options.IsReadOnly);

    private static Person? Read(string json) => JsonSerializer.Deserialize<Person>(json, RpcJson.Options);

    private sealed record Person(string FirstName, DayOfWeek Day, Person? Nested = null);
}
