using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrustRpc.Management;

/// <summary>A message in sync, as it travels in either direction. Immutable.</summary>
public sealed record SyncMessage
{
    /// <summary>What it is: one of <see cref="SyncMessageType"/>. Another is answered by an error message.</summary>
    [JsonPropertyName("type")]
    public required string Type { get; init; }

    /// <summary>
    /// To the server: for whom a command or a response is; of no meaning otherwise. From the server: from whom it is; one's own id where the server itself answers.
    /// </summary>
    [JsonPropertyName("client_uuid")]
    public string? ClientUuid { get; init; }

    /// <summary>What it is about, any JSON value; null = nothing. What the server itself answers is <c>{success, message, sequence}</c>, the last being the number of the event that an update became.</summary>
    [JsonPropertyName("payload")]
    public JsonElement? Payload { get; init; }

    /// <summary>Unix milliseconds. From the server: when it sent the message. To the server: 0 will do.</summary>
    [JsonPropertyName("timestamp")]
    public long Timestamp { get; init; }
}
