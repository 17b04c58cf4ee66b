using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrustRpc.Management;

/// <summary>What a client made of a command, as it travels. Immutable.</summary>
public record CommandResult
{
    /// <summary>Whether the command was executed and did not fail.</summary>
    [JsonPropertyName("success")]
    public required bool Success { get; init; }

    /// <summary>What went wrong, for people, and of one of several clients whether the command may have been executed; empty where nothing did.</summary>
    [JsonPropertyName("message")]
    public string Message { get; init; } = "";

    /// <summary>What the handler returned, any JSON value; null where it returned nothing or failed, or where all results of several clients together would be too large (<see cref="Message"/> says so).</summary>
    [JsonPropertyName("result")]
    public JsonElement? Result { get; init; }
}
