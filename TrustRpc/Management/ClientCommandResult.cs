using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrustRpc.Management;

/// <summary>What one of several clients made of a command, as it travels. Immutable.</summary>
public sealed record ClientCommandResult
{
    /// <summary>The client.</summary>
    [JsonPropertyName("client_uuid")]
    public required string ClientUuid { get; init; }

    /// <summary>Whether the command was executed and did not fail.</summary>
    [JsonPropertyName("success")]
    public required bool Success { get; init; }

    /// <summary>What went wrong, for people, and whether it may have been executed; empty where nothing did.</summary>
    [JsonPropertyName("message")]
    public string Message { get; init; } = "";

    /// <summary>What the handler returned, any JSON value; null where it returned nothing or failed, or where all results together would be too large (<see cref="Message"/> says so).</summary>
    [JsonPropertyName("result")]
    public JsonElement? Result { get; init; }

    /// <summary>
    /// What kept the client from answering (<see cref="RpcErrorCode"/>): <see cref="RpcErrorCode.NotFound"/> where it is not connected, <see cref="RpcErrorCode.DeadlineExceeded"/>, and so on; null where it has
    /// answered, a failure of its own included.
    /// </summary>
    [JsonPropertyName("code")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Code { get; init; }
}
