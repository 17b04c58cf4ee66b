using System.Text.Json.Serialization;

namespace TrustRpc.Management;

/// <summary>What several clients made of a command, as it travels. Immutable.</summary>
public sealed record FanOutResult
{
    /// <summary>Whether all of them executed it and none failed.</summary>
    [JsonPropertyName("success")]
    public required bool Success { get; init; }

    /// <summary>How many of them did, for people.</summary>
    [JsonPropertyName("message")]
    public string Message { get; init; } = "";

    /// <summary>One for each client: in the order of the ids that were given, or by id where all connected clients were meant.</summary>
    [JsonPropertyName("results")]
    public required IReadOnlyList<ClientCommandResult> Results { get; init; }
}
