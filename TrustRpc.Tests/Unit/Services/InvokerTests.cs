using System.Text.Json;
using System.Text.Json.Nodes;
using TrustRpc.Services;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Services;

public sealed class InvokerTests
{
    public enum Color
    {
        Red,
        Green,
    }

    public static TheoryData<string, string> Returns => new()
    {
        { nameof(Shapes.Nothing), "Return" },
        { nameof(Shapes.Value), "Return<Int32>" },
        { nameof(Shapes.Text), "Return<String>" },
        { nameof(Shapes.Completed), "ReturnTask" },
        { "Delayed", "ReturnTask<Int32>" },
        { nameof(Shapes.CompletedValue), "ReturnValueTask" },
        { nameof(Shapes.Valued), "ReturnValueTask<Int32>" },
        { nameof(Shapes.Static), "Return<Int32>" },
    };

    [Theory]
    [MemberData(nameof(Returns))]
    public void A_result_is_handed_over_once_in_its_own_type(string method, string member)
        => Assert.Equal([member], new RpcServices().Add(new Shapes()).Find(method).Call().Returns);

    [Theory]
    [MemberData(nameof(Returns))]
    public void Without_generated_code_the_result_is_the_same(string method, string member)
    {
        MethodDescriptor found = new RpcServices().Add(new Shapes()).Find(method);

        RecordingInvocation boxed = found.Boxed().Call();

        Assert.Equal(found.Call().Result, boxed.Result);
        Assert.Single(boxed.Returns);
        Assert.Equal(member.Contains('<'), boxed.Returns[0].EndsWith("<Object>", StringComparison.Ordinal));
    }

    public static TheoryData<Delegate, string, object?> Arguments => new()
    {
        { (int a, int b) => a + b, "[2,3]", 5 },
        { (int a, int b) => a - b, """{"b":3,"a":2}""", -1 },
        { (int a, int b) => a - b, """{"B":3,"A":2}""", -1 },
        { (int a, int b) => a - b, """{"\u0062":3,"a":2}""", -1 },
        { (string höhe) => höhe, """{"HÖHE":"y"}""", "y" },
        { (string s) => s, """["\u0041ä😀\n"]""", "Aä😀\n" },
        { (string? s) => s ?? "nothing", "[null]", "nothing" },
        { (bool a, bool b) => a && !b, "[true,false]", true },
        { (long l) => l, "[9223372036854775807]", long.MaxValue },
        { (double d) => d, "[-1.5e3]", -1500.0 },
        { (double d) => d, "[7]", 7.0 },
        { (float f) => f, "[1.5]", 1.5f },
        { (decimal d) => d, "[79228162514264337593543950335]", decimal.MaxValue },
        { (byte b) => b, "[255]", (byte)255 },
        { (char c) => c, "[\"x\"]", 'x' },
        { (Guid g) => g.ToString(), "[\"00000000-0000-0000-0000-000000000001\"]", "00000000-0000-0000-0000-000000000001" },
        { (DateTime t) => t.Year, "[\"2020-02-03T04:05:06Z\"]", 2020 },
        { (TimeSpan t) => t.TotalSeconds, "[\"00:01:00\"]", 60.0 },
        { (Color c) => c, "[1]", Color.Green },
        { (int? n) => n ?? -1, "[null]", -1 },
        { (int? n) => n ?? -1, "[4]", 4 },
        { (Point p) => p.X + p.Y, """[{"x":1,"y":2}]""", 3 },
        { (Order o) => o.Name + o.Items.Length, """[{"name":"n","items":[1,2]}]""", "n2" },
        { (int[] n) => n.Sum(), "[[1,2,3]]", 6 },
        { (params int[] n) => n.Sum(), "[[1,2,3]]", 6 },
        { (List<string> n) => n.Count, """[["a","b"]]""", 2 },
        { (Dictionary<string, int> n) => n["a"], """[{"a":8}]""", 8 },
        { (byte[] b) => b.Length, "[\"AAAA\"]", 3 },
        { (JsonElement e) => e.GetRawText(), "[[1, {\"a\":2}]]", "[1, {\"a\":2}]" },
        { (JsonElement e) => e.ValueKind, "[null]", JsonValueKind.Null },
        { (JsonNode n) => n["a"]!.GetValue<int>(), "[{\"a\":2}]", 2 },
        { (object o) => o.ToString(), "[12]", "12" },
        { (object? o) => o is null, "[null]", true },
        { (RpcArguments all) => all.Json.GetRawText() + all.AreNamed, "[1, {\"a\":2}]", "[1, {\"a\":2}]False" },
        { (RpcArguments all, CancellationToken stop) => all.Json.GetRawText() + all.AreNamed, "{\"a\": 1, \"b\": 2}", "{\"a\": 1, \"b\": 2}True" },
        { (RpcArguments all) => all.Json.GetRawText() + all.AreNamed, "", "[]False" },
        { () => 1, "", 1 },
        { () => 1, "[]", 1 },
        { () => 1, "{}", 1 },
        { (int a, string b, double c, bool d, long e, int f, int g, int h, int i, int j) => $"{a}{b}{c}{d}{e}{f}{g}{h}{i}{j}", "[1,\"2\",3,true,5,6,7,8,9,10]", "123True5678910" },
        { (int a, int b, int c, int d, int e, int f, int g, int h, int i, int j) => $"{a}{b}{c}{d}{e}{f}{g}{h}{i}{j}", """{"j":0,"i":9,"h":8,"g":7,"f":6,"e":5,"d":4,"c":3,"b":2,"a":1}""", "1234567890" },
    };

    [Theory]
    [MemberData(nameof(Arguments))]
    public void Arguments_of_every_shape_arrive(Delegate method, string json, object? expected)
    {
        MethodDescriptor found = Serve.Method(method);

        Assert.Equal(expected, found.Call(json).Result);
        Assert.Equal(expected, found.Boxed().Call(json).Result);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    public void What_the_caller_leaves_out_takes_its_default(string json)
    {
        MethodDescriptor method = new RpcServices().Add(new Defaults()).Find("All");
        string expected = Defaults.Expected;

        Assert.Equal(expected, method.Call(json).Result);
        Assert.Equal(expected, method.Boxed().Call(json).Result);
    }

    [Fact]
    public void A_lambda_keeps_its_defaults()
        => Assert.Equal(12, Serve.Method((int a, int b = 10) => a + b).Call("[2]").Result);

    [Fact]
    public void A_default_in_the_middle_is_used_when_arguments_come_by_name()
        => Assert.Equal("1 7 3", Serve.Method(Defaults.Middle).Call("""{"a":1,"c":3}""").Result);

    [Fact]
    public void Token_and_context_come_from_the_call_and_not_from_the_caller()
    {
        RpcContext? context = null;
        CancellationToken token = default;
        MethodDescriptor method = Serve.Method((RpcContext c, int a, CancellationToken t, int b) =>
        {
            (context, token) = (c, t);
            return a * b;
        });

        foreach (MethodDescriptor each in new[] { method, method.Boxed() })
        {
            using RecordingInvocation invocation = each.Call("[6,7]");
            Assert.Equal(42, invocation.Result);
            Assert.Same(invocation.Context, context);
            Assert.Equal(invocation.CancellationToken, token);
        }

        Assert.Equal(["a", "b"], method.WireParameters.Select(p => p.Name));
    }

    [Fact]
    public void A_struct_service_is_called_in_its_box()
    {
        object counter = new Counter();
        MethodDescriptor method = new RpcServices().Add(counter).Find("Next");

        Assert.Equal(1, method.Call().Result);
        Assert.Equal(2, method.Call().Result);
    }

    [Fact]
    public void An_override_is_what_runs() => Assert.Equal("derived", new RpcServices().Add<Base>(new Derived()).Find("Who").Call().Result);

    [Fact]
    public void An_explicit_implementation_is_reached_through_its_interface()
        => Assert.Equal("hidden", new RpcServices().Add(new Explicit()).Find("Reach").Call().Result);

    [Fact]
    public void A_method_group_closed_over_its_first_argument_is_a_method_of_the_rest()
        => Assert.Equal("ab", Serve.Method("a".Join).Call("""{"other":"b"}""").Result);

    [Fact]
    public void What_a_method_throws_leaves_the_invoker_as_it_is()
    {
        MethodDescriptor method = Serve.Method(int () => throw new InvalidDataException("mine"));

        Assert.Equal("mine", Assert.Throws<InvalidDataException>(() => method.Call()).Message);
        Assert.Equal("mine", Assert.Throws<InvalidDataException>(() => method.Boxed().Call()).Message);
    }

    [Fact]
    public void Binding_two_integers_by_position_allocates_nothing()
    {
        MethodDescriptor method = Serve.Method((int a, int b) => a + b, "add");
        var invocation = new SilentInvocation();
        byte[] json = "[2,3]"u8.ToArray();
        method.Invoke(json, invocation);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            method.Invoke(json, invocation);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(5005, invocation.Sum);
    }

    [Fact]
    public void Binding_by_name_allocates_nothing_either()
    {
        MethodDescriptor method = Serve.Method((int a, int b) => a + b, "add");
        var invocation = new SilentInvocation();
        byte[] json = """{"b":2,"a":3}"""u8.ToArray();
        method.Invoke(json, invocation);

        long before = GC.GetAllocatedBytesForCurrentThread();
        method.Invoke(json, invocation);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    public readonly record struct Point(int X, int Y);

    public sealed record Order(string Name, int[] Items);

    private sealed class Shapes
    {
        [RpcMethod]
        public static int Static() => 3;

        [RpcMethod]
        public void Nothing()
        {
        }

        [RpcMethod]
        public int Value() => 4;

        [RpcMethod]
        public string Text() => "text";

        [RpcMethod]
        public Task Completed() => Task.CompletedTask;

        [RpcMethod]
        public async Task<int> DelayedAsync()
        {
            await Task.Yield();
            return 5;
        }

        [RpcMethod]
        public ValueTask CompletedValue() => default;

        [RpcMethod]
        public ValueTask<int> Valued() => new(6);
    }

    private sealed class Defaults
    {
        public static string Expected => new Defaults().All();

        public static string Middle(int a, int b = 7, int c = 0) => $"{a} {b} {c}";

        [RpcMethod]
        public string All(
            string text = "text", string? none = null, int number = 7, long wide = 8, double real = 1.5, bool yes = true, decimal price = 12.34m,
            Color color = Color.Green, Color? maybe = Color.Green, int? some = 3, int? nothing = null, DateTime date = default, Point point = default,
            Guid id = default, char letter = 'x', byte small = 9)
            => $"{text} {none is null} {number} {wide} {real} {yes} {price} {color} {maybe} {some} {nothing is null} {date:O} {point} {id} {letter} {small}";
    }

    private struct Counter
    {
        private int _count;

        [RpcMethod]
        public int Next() => ++_count;
    }

    private class Base
    {
        [RpcMethod]
        public virtual string Who() => "base";
    }

    private sealed class Derived : Base
    {
        public override string Who() => "derived";
    }

    [RpcService]
    private interface IReach
    {
        string Reach();
    }

    private sealed class Explicit : IReach
    {
        string IReach.Reach() => "hidden";
    }

    private sealed class SilentInvocation : Invocation
    {
        public override RpcContext Context => throw new NotSupportedException();

        public override CancellationToken CancellationToken => default;

        public int Sum { get; private set; }

        public override void Return() => throw new NotSupportedException();

        public override void Return<T>(T value) => Sum += value is int n ? n : throw new NotSupportedException();

        public override void ReturnTask(Task task) => throw new NotSupportedException();

        public override void ReturnTask<T>(Task<T> task) => throw new NotSupportedException();

        public override void ReturnValueTask(ValueTask task) => throw new NotSupportedException();

        public override void ReturnValueTask<T>(ValueTask<T> task) => throw new NotSupportedException();
    }
}

internal static class Texts
{
    public static string Join(this string text, string other) => text + other;
}
