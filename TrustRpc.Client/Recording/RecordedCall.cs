using System.Text.Json;

namespace TrustRpc.Client.Recording;

/// <summary>A request of the client's in a recording, or a notification, and what came of it.</summary>
internal sealed class RecordedCall(string method, JsonElement? parameters)
{
    public string Method { get; } = method;

    /// <summary>An array, an object, or null where there was none.</summary>
    public JsonElement? Parameters { get; } = parameters;

    /// <summary>A notification has none.</summary>
    public string? Id { get; init; }

    public TimeSpan? Timeout { get; init; }

    public JsonElement? Result { get; set; }

    public JsonElement? Error { get; set; }

    /// <summary>Where the result was a sequence, the items that the client got.</summary>
    public List<JsonElement>? Items { get; set; }

    /// <summary>Whether the sequence came to its end.</summary>
    public bool IsFinished { get; set; }

    public bool IsAnswered => Result is not null || Error is not null;
}
