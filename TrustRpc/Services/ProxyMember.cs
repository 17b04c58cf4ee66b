using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using TrustRpc.Streams;

namespace TrustRpc.Services;

/// <summary>
/// One method of a proxied interface, ready to be called: its name, which of its arguments travel, and how its result comes back. Shared by all proxies of the interface.
/// </summary>
internal abstract class ProxyMember(ProxyArguments arguments)
{
    protected ProxyArguments Arguments { get; } = arguments;

    protected string Name => Arguments.Method;

    public abstract object? Call(RpcCaller caller, object?[] given);
}

/// <summary>A synchronous method: blocks the calling thread until the answer is there. One without result has <c>object?</c> for <typeparamref name="T"/>.</summary>
internal sealed class ProxyMemberOfValue<T>(ProxyArguments arguments) : ProxyMember(arguments)
{
    public override object? Call(RpcCaller caller, object?[] given)
    {
        CancellationToken token = Arguments.TokenOf(given);
        T result = caller.InvokeBlocking<T>(Name, new(Arguments.WireOf(given)), Arguments.Settings, token);
        return result is null && !Arguments.ResultAllowsNull ? throw NullResult.Received(Name) : result;
    }
}

/// <summary>A method that returns a task. One without result has <c>object?</c> for <typeparamref name="T"/>.</summary>
internal sealed class ProxyMemberOfTask<T>(ProxyArguments arguments) : ProxyMember(arguments)
{
    public override object Call(RpcCaller caller, object?[] given)
    {
        CancellationToken token = Arguments.TokenOf(given);
        ValueTask<T> call = caller.InvokeAsync<T>(Name, new(Arguments.WireOf(given)), Arguments.Settings, token);
        return typeof(T).IsValueType ? call.AsTask() : Checked(call);
    }

    // No dearer than AsTask: either makes one task.
    private async Task<T> Checked(ValueTask<T> call)
        => await call.ConfigureAwait(false) is { } result ? result : Arguments.ResultAllowsNull ? default! : throw NullResult.Received(Name);
}

/// <summary>A method that returns a value task with a result.</summary>
[SuppressMessage("Reliability", "CA2012", Justification = "It goes to the caller unawaited, through the box in which the base library's proxy passes results.")]
internal sealed class ProxyMemberOfValueTask<T>(ProxyArguments arguments) : ProxyMember(arguments)
{
    public override object Call(RpcCaller caller, object?[] given)
    {
        CancellationToken token = Arguments.TokenOf(given);
        ValueTask<T> call = caller.InvokeAsync<T>(Name, new(Arguments.WireOf(given)), Arguments.Settings, token);
        return typeof(T).IsValueType ? call : Checked(call);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<T> Checked(ValueTask<T> call)
        => await call.ConfigureAwait(false) is { } result ? result : Arguments.ResultAllowsNull ? default! : throw NullResult.Received(Name);
}

/// <summary>A method that returns a sequence, asynchronous or lazy: the call is made when its enumeration begins.</summary>
internal sealed class ProxyMemberOfSequence<T>(ProxyArguments arguments) : ProxyMember(arguments)
{
    public override object Call(RpcCaller caller, object?[] given)
    {
        CancellationToken token = Arguments.TokenOf(given);
        return new SequenceCall<T>(caller, Name, Arguments.WireOf(given).ToArray(), named: null, Arguments.Settings, token, Arguments.StreamTimeout);
    }
}

/// <summary>A method that returns a value task without result.</summary>
[SuppressMessage("Reliability", "CA2012", Justification = "It goes to the caller unawaited, through the box in which the base library's proxy passes results.")]
internal sealed class ProxyMemberOfValueTask(ProxyArguments arguments) : ProxyMember(arguments)
{
    public override object Call(RpcCaller caller, object?[] given)
    {
        CancellationToken token = Arguments.TokenOf(given);
        return Drop(caller.InvokeAsync<object?>(Name, new(Arguments.WireOf(given)), Arguments.Settings, token));
    }

    private static async ValueTask Drop(ValueTask<object?> call) => await call.ConfigureAwait(false);
}
