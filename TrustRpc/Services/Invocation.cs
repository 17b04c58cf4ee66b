using System.Text.Json.Serialization.Metadata;
using TrustRpc.Messages;

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

    /// <summary>Whose sequences and progress arguments are in the arguments; null where there can be none.</summary>
    public virtual IStreamScope? Streams => null;

    /// <summary>The method has returned nothing.</summary>
    public abstract void Return();

    /// <summary>The method has returned a value.</summary>
    public abstract void Return<T>(T value);

    /// <summary>The method has returned a sequence.</summary>
    public virtual void ReturnSequence<T>(IAsyncEnumerable<T> sequence, JsonTypeInfo<T> itemType) => Return(sequence);

    public abstract void ReturnTask(Task task);

    public abstract void ReturnTask<T>(Task<T> task);

    public abstract void ReturnValueTask(ValueTask task);

    public abstract void ReturnValueTask<T>(ValueTask<T> task);
}
