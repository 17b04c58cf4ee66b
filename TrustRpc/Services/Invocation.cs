namespace TrustRpc.Services;

/// <summary>
/// One request on its way through a method: what the invoker asks for, and where it puts the outcome. An invoker calls exactly one of the
/// <c>Return</c> members, once; an exception of the method (or of reading its arguments) simply leaves the invoker.
/// </summary>
internal abstract class Invocation
{
    /// <summary>The call's context, made when first asked for.</summary>
    public abstract RpcContext Context { get; }

    /// <summary>Fires when the call is cancelled, its deadline passes or its connection ends.</summary>
    public abstract CancellationToken CancellationToken { get; }

    /// <summary>The method has returned nothing.</summary>
    public abstract void Return();

    /// <summary>The method has returned a value.</summary>
    public abstract void Return<T>(T value);

    public abstract void ReturnTask(Task task);

    public abstract void ReturnTask<T>(Task<T> task);

    public abstract void ReturnValueTask(ValueTask task);

    public abstract void ReturnValueTask<T>(ValueTask<T> task);
}
