using TrustRpc.Services;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Services;

public sealed class ProxyFactoryTests
{
    private readonly RecordingCaller _caller = new();

    internal interface ICalculator
    {
        int Add(int a, int b);

        void Clear();

        [RpcMethod("text")]
        string Describe(object? value);

        Task ResetAsync();

        Task<int> AddAsync(int a, int b, CancellationToken cancellationToken = default);

        ValueTask PingAsync(CancellationToken cancellationToken);

#pragma warning disable CA1068 // a token in the middle is what is tested
        ValueTask<string> NameAsync(CancellationToken first, int number, RpcContext? context, string text);
#pragma warning restore CA1068
    }

    [RpcService("orders")]
    internal interface IOrders : IListing, IDisposable, IAsyncDisposable
    {
        void Place(string what);
    }

    internal interface IListing
    {
        int List();
    }

    internal interface IBad
    {
        int Property { get; }

        event Action Event;

        T Generic<T>(T a);

        void ByRef(ref int a);

        IProgress<int> Stream();
    }

    internal interface IAnything
    {
        int Any(RpcArguments all);
    }

    internal interface IOverloaded
    {
        void Add(int a);

        Task AddAsync(string a);
    }

    internal interface IGeneric<T>
    {
        Task<T> GetAsync(T value);
    }

    private ICalculator Calculator => ProxyFactory.Create<ICalculator>(_caller);

    [Fact]
    public void A_synchronous_member_blocks_for_its_result()
    {
        _caller.Answer = 5;

        Assert.Equal(5, Calculator.Add(2, 3));
        Assert.Equal(["sync Add(2, 3) as Int32"], _caller.Calls);
    }

    [Fact]
    public void A_member_without_result_waits_for_the_end()
    {
        Calculator.Clear();

        Assert.Equal(["sync Clear() as Object"], _caller.Calls);
    }

    [Fact]
    public async Task Asynchronous_members_of_every_kind_are_awaited()
    {
        await Calculator.ResetAsync();
        await Calculator.PingAsync(default);
        _caller.Answer = 5;
        Assert.Equal(5, await Calculator.AddAsync(2, 3));
        _caller.Answer = "n";
        Assert.Equal("n", await Calculator.NameAsync(default, 1, null, "t"));

        Assert.Equal(
            ["async Reset() as Object", "async Ping() as Object", "async Add(2, 3) as Int32", "async Name(1, t) as String"],
            _caller.Calls);
    }

    [Fact]
    public async Task A_token_is_passed_on_and_neither_it_nor_a_context_is_sent()
    {
        using var source = new CancellationTokenSource();
        _caller.Answer = "n";

        await Calculator.NameAsync(source.Token, 1, null, "t");

        Assert.Equal(source.Token, _caller.Token);
        Assert.Equal(["async Name(1, t) as String"], _caller.Calls);
    }

    [Fact]
    public void A_member_has_the_name_that_its_attribute_gives_and_sends_null_as_null()
    {
        _caller.Answer = "d";

        Assert.Equal("d", Calculator.Describe(null));
        Assert.Equal(["sync text(null) as String"], _caller.Calls);
    }

    [Fact]
    public void A_prefix_counts_for_the_interfaces_that_are_extended()
    {
        IOrders orders = ProxyFactory.Create<IOrders>(_caller);
        _caller.Answer = 1;

        orders.List();
        orders.Place("tea");

        Assert.Equal(["sync orders.List() as Int32", "sync orders.Place(tea) as Object"], _caller.Calls);
    }

    [Fact]
    public async Task Disposing_a_proxy_calls_nobody()
    {
        IOrders orders = ProxyFactory.Create<IOrders>(_caller);

        orders.Dispose();
        await orders.DisposeAsync();

        Assert.Empty(_caller.Calls);
    }

    [Fact]
    public async Task A_closed_generic_interface_is_an_interface_like_any_other()
    {
        _caller.Answer = 7L;

        Assert.Equal(7L, await ProxyFactory.Create<IGeneric<long>>(_caller).GetAsync(6));
        Assert.Equal(["async Get(6) as Int64"], _caller.Calls);
    }

    [Fact]
    public async Task Failures_reach_the_caller_as_they_are()
    {
        _caller.Answer = new RpcException("no");

        Assert.Same(_caller.Answer, Assert.Throws<RpcException>(() => Calculator.Add(1, 2)));
        Assert.Same(_caller.Answer, await Assert.ThrowsAsync<RpcException>(() => Calculator.AddAsync(1, 2)));
        Assert.Same(_caller.Answer, await Assert.ThrowsAsync<RpcException>(async () => await Calculator.PingAsync(default)));
    }

    [Fact]
    public void Each_proxy_calls_through_its_own_caller()
    {
        var other = new RecordingCaller();
        ProxyFactory.Create<ICalculator>(other).Clear();

        Assert.Empty(_caller.Calls);
        Assert.Single(other.Calls);
    }

    [Fact]
    public void Members_that_cannot_be_calls_are_refused_all_at_once()
    {
        string message = Assert.Throws<InvalidOperationException>(() => ProxyFactory.Create<IBad>(_caller)).Message;

        Assert.StartsWith("IBad cannot be called through a proxy: ", message, StringComparison.Ordinal);
        foreach (string part in new[] { "IBad.Property is a property", "IBad.Event is an event", "IBad.Generic(T) is generic", "'a' is ref", "IBad.Stream() returns" })
        {
            Assert.Contains(part, message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_method_may_be_offered_both_blocking_and_awaitable()
    {
        _caller.Answer = 5;

        Assert.Equal(Calculator.Add(2, 3), await Calculator.AddAsync(2, 3));
        Assert.Equal(["sync Add(2, 3) as Int32", "async Add(2, 3) as Int32"], _caller.Calls);
    }

    [Fact]
    public void Two_members_under_one_name_with_different_arguments_are_refused()
        => Assert.Contains("the name 'Add' would stand for both", Assert.Throws<InvalidOperationException>(() => ProxyFactory.Create<IOverloaded>(_caller)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_member_that_takes_whatever_it_is_given_is_refused()
        => Assert.Contains("IAnything.Any(RpcArguments) takes whatever it is given", Assert.Throws<InvalidOperationException>(() => ProxyFactory.Create<IAnything>(_caller)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_class_is_refused()
        => Assert.Equal(
            "RecordingCaller cannot be called through a proxy: it is not an interface.",
            Assert.Throws<InvalidOperationException>(() => ProxyFactory.Create<RecordingCaller>(_caller)).Message);
}
