using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using TrustRpc.Messages;

namespace TrustRpc.Connections;

/// <summary>The scope of notifications: they carry no sequences (section 6), and nobody waits for their progress.</summary>
internal sealed class NoStreams : IStreamScope
{
    public static readonly NoStreams Instance = new();

    public long Produce<T>(IAsyncEnumerable<T> sequence, JsonTypeInfo<T> itemType) => throw Refusal();

    public IAsyncEnumerable<T> Consume<T>(long? token, ref Utf8JsonReader values, JsonTypeInfo<T> itemType) => throw Refusal();

    public long Receive<T>(IProgress<T> progress, JsonTypeInfo<T> reportType) => throw Refusal();

    public IProgress<T> Report<T>(long token) => throw Refusal();

    private static RpcException Refusal()
        => new(RpcErrorCode.InvalidParams, "A notification carries no sequences and no progress arguments, because it is never answered; make it a call.");
}
