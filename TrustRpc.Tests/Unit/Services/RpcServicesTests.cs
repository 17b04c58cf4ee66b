using System.Text;
using TrustRpc.Services;

namespace TrustRpc.Tests.Unit.Services;

public sealed class RpcServicesTests
{
    [RpcService]
    private interface IGreeter : IDisposable
    {
        string Greet(string name);

        Task<string> LaterAsync(string name);

        [RpcMethod("renamed", Inline = true)]
        void Other();
    }

    [RpcService("orders")]
    private interface IOrders : IListing
    {
        void Place();
    }

    private interface IListing
    {
        int List();
    }

    [RpcService("more")]
    private interface IMore : IOrders
    {
        void Extra();
    }

    [Fact]
    public void Marked_methods_travel_under_their_clr_name_without_async_or_the_name_they_are_given()
    {
        RpcServices services = new RpcServices().Add(new Calculator());

        Assert.Equal(["Add", "Async", "Fetch", "Inherited", "times"], services.Names());
        Assert.True(services.Find("times").Inline);
        Assert.False(services.Find("Add").Inline);
    }

    [Fact]
    public void A_marked_interface_offers_all_its_methods_but_disposal_and_the_class_nothing_else()
        => Assert.Equal(["Greet", "Later", "renamed"], new RpcServices().Add(new Greeter()).Names());

    [Fact]
    public void An_implementation_may_say_that_it_is_short()
    {
        RpcServices services = new RpcServices().Add(new Greeter());

        Assert.True(services.Find("Greet").Inline);
        Assert.False(services.Find("Later").Inline);
        Assert.True(services.Find("renamed").Inline);
    }

    [Fact]
    public void A_prefix_stands_before_the_names_of_its_interface_and_of_the_unmarked_ones_that_it_extends()
        => Assert.Equal(["orders.List", "orders.Place"], new RpcServices().Add(new Orders()).Names());

    [Fact]
    public void Each_marked_interface_names_its_own_methods()
        => Assert.Equal(["more.Extra", "more.List", "orders.List", "orders.Place"], new RpcServices().Add(new More()).Names());

    [Fact]
    public void Naming_an_interface_limits_what_is_offered()
        => Assert.Equal(["Greet", "Later", "renamed"], new RpcServices().Add<IGreeter>(new GreeterAndMore()).Names());

    [Fact]
    public void Naming_no_interface_offers_marked_interfaces_and_marked_methods()
        => Assert.Equal(["Greet", "Later", "More", "orders.List", "orders.Place", "renamed"], new RpcServices().Add(new GreeterAndMore()).Names());

    [Fact]
    public void A_delegate_has_the_name_it_is_given()
        => Assert.Equal(["a", "b"], new RpcServices().Add("a", () => 1).Add("b", static (string s) => s, inline: true).Names());

    [Fact]
    public void A_name_is_found_exactly_and_with_async_where_nothing_is_registered_so()
    {
        RpcServices services = new RpcServices().Add("get", () => 1).Add("put", () => 2).Add("putAsync", () => 3);

        Assert.Equal("get", services.Find("get").Name);
        Assert.Equal("get", services.Find("getAsync").Name);
        Assert.Equal("put", services.Find("put").Name);
        Assert.Equal("putAsync", services.Find("putAsync").Name);
        foreach (string unknown in new[] { "", "Get", "ge", "get ", "getasync", "getAsyncAsync", "Async" })
        {
            Assert.False(services.TryFind(Encoding.UTF8.GetBytes(unknown), out _), unknown);
        }
    }

    [Fact]
    public void Names_beyond_ascii_and_bytes_that_are_no_text_do_no_harm()
    {
        RpcServices services = new RpcServices().Add("größe", () => 1);

        Assert.Equal("größe", services.Find("größe").Name);
        Assert.False(services.TryFind([0xff, 0xfe], out _));
    }

    [Fact]
    public void Looking_a_name_up_allocates_nothing()
    {
        RpcServices services = new RpcServices().Add("add", () => 1);
        services.TryFind("addAsync"u8, out _);

        long before = GC.GetAllocatedBytesForCurrentThread();
        bool found = services.TryFind("add"u8, out _) & services.TryFind("addAsync"u8, out _) & !services.TryFind("none"u8, out _);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(found);
    }

    [Theory]
    [InlineData("$/cancelRequest")]
    [InlineData("rpc.ping")]
    [InlineData("rpc.")]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("a\nb")]
    public void Reserved_and_unreadable_names_are_refused(string name)
        => Assert.Throws<InvalidOperationException>(() => new RpcServices().Add(name, () => 1));

    [Theory]
    [InlineData("rpc")]
    [InlineData("rpcx")]
    [InlineData("$x")]
    [InlineData("RPC.ping")]
    public void Names_that_only_look_reserved_are_free(string name) => Assert.Equal([name], new RpcServices().Add(name, () => 1).Names());

    [Fact]
    public void A_reserved_name_on_an_attribute_is_refused_too()
        => Assert.Equal(
            "Nothing was registered: Reserved.Ping(): the name 'rpc.ping' is not free: names that begin with $/ or rpc. belong to the protocol.",
            Refused(new Reserved()));

    [Fact]
    public void Overloads_clash_and_both_are_named()
        => Assert.Equal(
            "Nothing was registered: the name 'Add' would stand for both Overloads.Add(Int32) and Overloads.Add(String); "
            + "give one of them another, such as [RpcMethod(\"AddOther\")].",
            Refused(new Overloads()));

    [Fact]
    public void A_name_that_is_taken_is_refused_naming_both_and_nothing_of_the_service_is_added()
    {
        RpcServices services = new RpcServices().Add("times", (int a) => a);

        var error = Assert.Throws<InvalidOperationException>(() => services.Add(new Calculator()));

        Assert.Contains("the name 'times' would stand for both delegate 'times'(Int32) and Calculator.Multiply(Int32, Int32)", error.Message, StringComparison.Ordinal);
        Assert.Equal(["times"], services.Names());
    }

    [Fact]
    public void An_object_without_marks_is_refused_with_what_to_mark()
        => Assert.Equal(
            "Nothing was registered: Unmarked offers nothing: mark its public methods with [RpcMethod], or an interface that it implements with [RpcService].",
            Refused(new Unmarked()));

    [Fact]
    public void A_marked_method_that_is_not_public_is_refused()
        => Assert.Equal("Nothing was registered: NotPublic.Hidden() is marked [RpcMethod] but is not public.", Refused(new NotPublic()));

    [Fact]
    public void Methods_are_added_while_others_are_found()
    {
        RpcServices services = new RpcServices().Add("first", () => 1);
        int missed = 0;

        Parallel.For(0, 200, i =>
        {
            services.Add($"m{i}", () => i);
            if (!services.TryFind("first"u8, out _) || services.Find($"m{i}").Call().Result is not int n || n != i)
            {
                Interlocked.Increment(ref missed);
            }
        });

        Assert.Equal(0, missed);
        Assert.Equal(201, services.Methods.Count);
    }

    [Fact]
    public void Null_is_no_service_and_no_method()
    {
        Assert.Throws<ArgumentNullException>(() => new RpcServices().Add<Calculator>(null!));
        Assert.Throws<ArgumentNullException>(() => new RpcServices().Add("x", null!));
        Assert.Throws<ArgumentNullException>(() => new RpcServices().Add(null!, () => 1));
    }

    private static string Refused(object service) => Assert.Throws<InvalidOperationException>(() => new RpcServices().Add(service)).Message;

    private class Ancestor
    {
        [RpcMethod]
        public void Inherited()
        {
        }
    }

    private sealed class Calculator : Ancestor
    {
        [RpcMethod]
        public static int Add(int a, int b) => a + b;

        [RpcMethod("times", Inline = true)]
        public int Multiply(int a, int b) => a * b;

        [RpcMethod]
        public Task<int> FetchAsync() => Task.FromResult(1);

        [RpcMethod]
        public void Async()
        {
        }

        public int NotOffered() => 0;
    }

    private class Greeter : IGreeter
    {
        [RpcMethod(Inline = true)]
        public string Greet(string name) => name;

        public Task<string> LaterAsync(string name) => Task.FromResult(name);

        public void Other()
        {
        }

        public void Dispose()
        {
        }
    }

    private sealed class GreeterAndMore : Greeter, IOrders
    {
        [RpcMethod]
        public void More()
        {
        }

        public void Place()
        {
        }

        public int List() => 0;
    }

    private class Orders : IOrders
    {
        public void Place()
        {
        }

        public int List() => 0;
    }

    private sealed class More : Orders, IMore
    {
        public void Extra()
        {
        }
    }

    private sealed class Reserved
    {
        [RpcMethod("rpc.ping")]
        public void Ping()
        {
        }
    }

    private sealed class Overloads
    {
        [RpcMethod]
        public void Add(int a)
        {
        }

        [RpcMethod]
        public void Add(string a)
        {
        }
    }

    private sealed class Unmarked
    {
        public void Method()
        {
        }
    }

    private sealed class NotPublic
    {
        [RpcMethod]
        internal void Hidden()
        {
        }
    }
}
