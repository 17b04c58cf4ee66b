using System.Text.Json.Serialization;
using TrustRpc.Services;

namespace TrustRpc.Tests.Unit.Services;

public sealed class ArgumentErrorTests
{
    public enum Color
    {
        Red,
    }

    private static readonly MethodDescriptor _add = Serve.Method((int a, int b) => a + b, "add");

    private static readonly MethodDescriptor _any = Serve.Method((RpcArguments all) => 1, "any");

    private static readonly MethodDescriptor _place = Serve.Method((Order order) => order.Name, "place");

    [Theory]
    [InlineData("7", "The parameters of 'any' must be an array (by position) or an object (by name); got a number.")]
    [InlineData("[1", "The parameters of 'any' are not valid JSON in UTF-8, or nested too deeply.")]
    public void Whatever_is_given_is_an_array_or_an_object(string json, string message)
    {
        Assert.Equal(message, _any.Refusal(json));
        Assert.Equal(message, _any.Boxed().Refusal(json));
    }

    [Theory]
    [InlineData("[1,\"x\"]", "Parameter 'b' of 'add' must be a 32-bit integer; got a string.")]
    [InlineData("[1,null]", "Parameter 'b' of 'add' must be a 32-bit integer; got null.")]
    [InlineData("[1,{}]", "Parameter 'b' of 'add' must be a 32-bit integer; got an object.")]
    [InlineData("[[],1]", "Parameter 'a' of 'add' must be a 32-bit integer; got an array.")]
    [InlineData("[true,1]", "Parameter 'a' of 'add' must be a 32-bit integer; got a boolean.")]
    [InlineData("[1.5,1]", "Parameter 'a' of 'add' must be a 32-bit integer; got a number with a fraction or out of its range.")]
    [InlineData("[2147483648,1]", "Parameter 'a' of 'add' must be a 32-bit integer; got a number out of its range.")]
    [InlineData("{\"a\":1,\"b\":\"x\"}", "Parameter 'b' of 'add' must be a 32-bit integer; got a string.")]
    [InlineData("", "Parameter 'a' of 'add' is missing; it must be a 32-bit integer.")]
    [InlineData("[1]", "Parameter 'b' of 'add' is missing; it must be a 32-bit integer.")]
    [InlineData("{\"b\":1}", "Parameter 'a' of 'add' is missing; it must be a 32-bit integer.")]
    [InlineData("[1,2,3,[4,5]]", "'add' takes 2 parameters (a, b); got 4.")]
    [InlineData("{\"a\":1,\"b\":2,\"c\":3}", "'add' has no parameter 'c'; it takes 2 parameters (a, b).")]
    [InlineData("{\"a\":1,\"A\":2,\"b\":2}", "Parameter 'a' of 'add' is given twice; names are compared without regard to case.")]
    [InlineData("{\"a\":1,\"\\u0061\":2,\"b\":2}", "Parameter 'a' of 'add' is given twice; names are compared without regard to case.")]
    [InlineData("7", "The parameters of 'add' must be an array (by position) or an object (by name); got a number.")]
    [InlineData("null", "The parameters of 'add' must be an array (by position) or an object (by name); got null.")]
    public void A_caller_is_told_which_parameter_what_it_must_be_and_what_came(string json, string message)
    {
        Assert.Equal(message, _add.Refusal(json));
        Assert.Equal(message, _add.Boxed().Refusal(json));
    }

    public static TheoryData<Delegate, string, string> Types => new()
    {
        { (string p) => p, "[1]", "a string; got a number." },
        { (string p) => p, "[null]", "a string; got null." },
        { (bool p) => p, "[\"true\"]", "true or false; got a string." },
        { (long p) => p, "[\"1\"]", "a 64-bit integer; got a string." },
        { (double p) => p, "[\"NaN\"]", "a number; got a string." },
        { (double p) => p, "[1e999]", "a number; got a number out of its range." },
        { (float p) => p, "[\"x\"]", "a number; got a string." },
        { (decimal p) => p, "[[]]", "a number; got an array." },
        { (byte p) => p, "[256]", "an unsigned 8-bit integer; got a number out of its range." },
        { (int? p) => p, "[\"x\"]", "a 32-bit integer or null; got a string." },
        { (Guid p) => p, "[\"x\"]", "a string that holds a UUID; got another string." },
        { (DateTime p) => p, "[\"yesterday\"]", "a string that holds a date and time; got another string." },
        { (DateTime p) => p, "[5]", "a string that holds a date and time; got a number." },
        { (char p) => p, "[\"xy\"]", "a string of one character; got another string." },
        { (Color p) => p, "[\"Red\"]", "a number that stands for a Color; got a string." },
        { (byte[] p) => p, "[\"?\"]", "a string in base64; got another string." },
        { (int[] p) => p, "[{}]", "an array; got an object." },
        { (List<Order> p) => p, "[1]", "an array; got a number." },
        { (List<Order> p) => p, "[null]", "an array; got null." },
        { (Order p) => p, "[[]]", "an object (Order); got an array." },
        { (Dictionary<string, int> p) => p, "[1]", "an object; got a number." },
    };

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_type_is_named_in_the_terms_of_json(Delegate method, string json, string end)
        => Assert.Equal("Parameter 'p' of 'call' must be " + end, Serve.Method(method).Refusal(json));

    [Theory]
    [InlineData("""[{"name":"n","items":[{"price":1},{"price":"x"}]}]""", "Parameter 'order' of 'place' at $.items[1].price must be a number; got a string.")]
    [InlineData("""[{"name":"n","items":{}}]""", "Parameter 'order' of 'place' at $.items must be an array; got an object.")]
    [InlineData("""[{"name":"n","items":[{}]}]""", "Parameter 'order' of 'place' at $.items[0] lacks 'price', which Item requires.")]
    [InlineData("""[{"items":[]}]""", "Parameter 'order' of 'place' lacks 'name', which Order requires.")]
    [InlineData("""[{"name":null,"items":[]}]""", "Parameter 'order' of 'place' at $.name must be a string; got null.")]
    [InlineData("""[{"name":"n","items":[],"tags":{"a.b":"x"}}]""", "Parameter 'order' of 'place' at $.tags.a.b must be a 32-bit integer; got a string.")]
    [InlineData("""[{"name":"n","items":[],"name":"m"}]""", "Parameter 'order' of 'place' at $.name is given twice.")]
    [InlineData("""{"order":{"name":"n","items":[{"price":true}]}}""", "Parameter 'order' of 'place' at $.items[0].price must be a number; got a boolean.")]
    public void A_fault_inside_a_value_is_named_by_its_path(string json, string message) => Assert.Equal(message, _place.Refusal(json));

    [Fact]
    public void No_message_repeats_the_value_that_was_refused()
        => Assert.DoesNotContain("hunter2", Serve.Method((int pin) => pin).Refusal("[\"hunter2\"]"), StringComparison.Ordinal);

    [Fact]
    public void A_constructor_that_refuses_its_argument_makes_an_invalid_parameter_and_keeps_its_words_at_home()
        => Assert.Equal("Parameter 'age' of 'call' is not a valid Age.", Serve.Method((Age age) => age.Years).Refusal("""[{"years":-1}]"""));

    [Fact]
    public void A_type_that_the_service_cannot_read_is_not_the_callers_fault()
        => Assert.Throws<NotSupportedException>(() => Serve.Method((IDisposable thing) => thing.ToString()).Call("[{}]"));

    [Theory]
    [InlineData("""[{"side":3}]""", "Parameter 'shape' of 'call' lacks '$type', which says which Shape it is: \"square\" or \"circle\".")]
    [InlineData("""[{"$type":"cube","side":3}]""", "Parameter 'shape' of 'call' has another '$type' than those that say which Shape it is: \"square\" or \"circle\".")]
    [InlineData("""[{"side":3,"$type":"square"}]""", "Parameter 'shape' of 'call' has its '$type' behind other members; it must be the first.")]
    [InlineData("""[{"$type":"square","side":"x"}]""", "Parameter 'shape' of 'call' at $.side must be a 32-bit integer; got a string.")]
    public void A_value_that_does_not_say_which_derived_type_it_is_is_the_callers_fault(string json, string message)
    {
        MethodDescriptor method = Serve.Method((Shape shape) => shape.ToString());

        Assert.Equal(message, method.Refusal(json));
        Assert.Equal(message, method.Boxed().Refusal(json));
    }

    public static TheoryData<Delegate, string, string> Nests => new()
    {
        { (List<Shape> p) => p.Count, """[[{"$type":"square","side":1},{"radius":2}]]""", "at $[1] lacks '$type'" },
        { (Dictionary<string, Shape> p) => p.Count, """[{"one":{"side":1}}]""", "at $.one lacks '$type'" },
        { (Drawing p) => p.Shapes.Length, """[{"shapes":[{"of":[]}]}]""", "at $.shapes[0] lacks '$type'" },
        { (Drawing[] p) => p.Length, """[[{"shapes":[{"$type":"group","of":[{"side":1}]}]}]]""", "at $[0].shapes[0].of[0] lacks '$type'" },
    };

    [Theory]
    [MemberData(nameof(Nests))]
    public void So_is_one_in_a_list_in_a_dictionary_in_a_property_or_in_another_derived_value(Delegate method, string json, string fault)
        => Assert.StartsWith($"Parameter 'p' of 'call' {fault}, which says which", Serve.Method(method).Refusal(json), StringComparison.Ordinal);

    [Fact]
    public void What_no_value_could_be_read_as_is_not_the_callers_fault_beside_values_that_say_their_type()
        => Assert.Throws<NotSupportedException>(() => Serve.Method((List<Mixed> p) => p.Count).Call("""[[{"shape":{"$type":"square","side":1},"thing":{}}]]"""));

    [Fact]
    public void Text_that_is_half_a_character_is_called_that_inside_a_value_too()
        => Assert.Equal(
            "Parameter 'order' of 'place' at $.name holds text that is not valid: half of a surrogate pair, or bad UTF-8.",
            _place.Refusal("""[{"name":"\ud800","items":[]}]"""));

    [Fact]
    public void A_parameter_that_may_be_null_is_missing_all_the_same()
        => Assert.Equal("Parameter 'name' of 'call' is missing; it must be a string or null.", Serve.Method((string? name) => name).Refusal("[]"));

    [Fact]
    public void A_long_unknown_name_is_cut_and_its_control_characters_are_replaced()
    {
        string message = _add.Refusal("{\"" + new string('x', 2000) + "\":1}");

        Assert.Equal($"'add' has no parameter '{new string('x', 64)}…'; it takes 2 parameters (a, b).", message);
        Assert.DoesNotContain('\n', _add.Refusal("""{"a\nb":1}"""));
    }

    [Fact]
    public void A_method_without_parameters_says_so()
        => Assert.Equal("'call' takes no parameters; got 1.", Serve.Method(() => 1).Refusal("[1]"));

    [JsonDerivedType(typeof(Square), "square")]
    [JsonDerivedType(typeof(Circle), "circle")]
    public abstract record Shape;

    public sealed record Circle(int Radius) : Shape;

    [JsonDerivedType(typeof(Group), "group")]
    public interface IFigure;

    public sealed record Group(Shape[] Of) : IFigure;

    public sealed record Drawing(IFigure[] Shapes);

    public sealed record Mixed(Shape Shape, IDisposable Thing);

    public sealed record Square(int Side) : Shape;

    public sealed record Order(string Name, List<Item> Items, Dictionary<string, int>? Tags = null);

    public sealed class Item
    {
        [JsonRequired]
        public decimal Price { get; init; }
    }

    public sealed class Age
    {
        public Age(int years)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(years);
            Years = years;
        }

        public int Years { get; }
    }
}
