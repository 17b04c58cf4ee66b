using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrustRpc.Management;

/// <summary>What a client made of a command, as it travels. Immutable.</summary>
public sealed record CommandResult
{
    /// <summary>Whether the command was executed and did not fail.</summary>
    [JsonPropertyName("success")]
    public required bool Success { get; init; }

    /// <summary>What went wrong, for people; empty where nothing did.</summary>
    [JsonPropertyName("message")]
    public string Message { get; init; } = "";

    /// <summary>What the handler returned, any JSON value; null where it returned nothing or failed.</summary>
    [JsonPropertyName("result")]
    public JsonElement? Result { get; init; }
}
