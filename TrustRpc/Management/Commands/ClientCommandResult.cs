using System.Text.Json.Serialization;

namespace TrustRpc.Management;

/// <summary>What one of several clients made of a command, as it travels. Immutable.</summary>
public sealed record ClientCommandResult : CommandResult
{
    /// <summary>The client.</summary>
    [JsonPropertyName("client_uuid")]
    public required string ClientUuid { get; init; }

    /// <summary>
    /// What kept the client from answering (<see cref="RpcErrorCode"/>): <see cref="RpcErrorCode.NotFound"/> where it is not connected, <see cref="RpcErrorCode.DeadlineExceeded"/>, and so on; null where it has
    /// answered, a failure of its own included.
    /// </summary>
    [JsonPropertyName("code")]
    [JsonPropertyOrder(1)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Code { get; init; }
}
