using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using TrustRpc.Messages;
using TrustRpc.Streams;

namespace TrustRpc.Services;

/// <summary>How a method's result is handed over where it is a sequence: one that is asynchronous, or lazy and marked to be streamed.</summary>
internal abstract class SequenceResult
{
    /// <summary>Null where the method returns a value.</summary>
    [RequiresUnreferencedCode(Reflection.Reason)]
    [RequiresDynamicCode(Reflection.DynamicReason)]
    public static SequenceResult? Of(MethodSource source, JsonSerializerOptions? json)
    {
        if (ReturnShape.Of(source.Callee.ReturnType).Type is not { } result)
        {
            return null;
        }

        Type? item = StreamTypes.ItemOf(result);
        bool lazy = item is null && source.Stream;
        item ??= lazy ? StreamTypes.LazyItemOf(result) : null;
        return item is null
            ? null
            : (SequenceResult)Activator.CreateInstance(typeof(Typed<>).MakeGenericType(item), lazy, json ?? RpcJson.Options)!;
    }

    public abstract void Return(Invocation invocation, object sequence);

    private sealed class Typed<T>(bool lazy, JsonSerializerOptions json) : SequenceResult
    {
        private JsonTypeInfo<T>? _itemType;

        public override void Return(Invocation invocation, object sequence)
        {
            _itemType ??= (JsonTypeInfo<T>)json.GetTypeInfo(typeof(T));
            invocation.ReturnSequence(lazy ? new LazySequence<T>((IEnumerable<T>)sequence) : (IAsyncEnumerable<T>)sequence, _itemType);
        }
    }
}
