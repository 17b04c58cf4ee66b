using System.Text.Json;

namespace TrustRpc.Client.Discovery;

/// <summary>A parameter or a result as a server describes it.</summary>
/// <param name="page">The OpenRPC content descriptor.</param>
/// <param name="document">The whole document.</param>
internal sealed class OfferedValue(JsonElement page, JsonElement document)
{
    public string Name { get; } = page.TryGetProperty("name", out JsonElement name) ? name.GetString() ?? "" : "";

    public string Summary { get; } = page.TryGetProperty("summary", out JsonElement summary) ? summary.GetString() ?? "" : "";

    public bool IsRequired { get; } = page.TryGetProperty("required", out JsonElement required) && required.ValueKind == JsonValueKind.True;

    /// <summary>Of the items where it is a stream.</summary>
    public Schema Schema { get; } = Find(page, document);

    public StreamKind Kind { get; } = KindOf(page);

    /// <summary>In a word or some: <c>integer</c>, <c>stream of string</c>.</summary>
    public string Type => Kind switch
    {
        StreamKind.Sequence => $"stream of {Schema.Type}",
        StreamKind.Progress => $"progress of {Schema.Type}",
        _ => Schema.Type,
    };

    private static Schema Find(JsonElement page, JsonElement document)
        => page.TryGetProperty("x-stream", out JsonElement stream) && stream.TryGetProperty("items", out JsonElement items) ? new Schema(items, document)
        : page.TryGetProperty("schema", out JsonElement schema) ? new Schema(schema, document)
        : Schema.Anything;

    private static StreamKind KindOf(JsonElement page)
        => !page.TryGetProperty("x-stream", out JsonElement stream) || !stream.TryGetProperty("kind", out JsonElement kind) ? StreamKind.None
        : kind.ValueEquals("sequence"u8) ? StreamKind.Sequence
        : kind.ValueEquals("progress"u8) ? StreamKind.Progress
        : StreamKind.None;
}
