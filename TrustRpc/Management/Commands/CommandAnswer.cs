using System.Text.Json.Serialization;

namespace TrustRpc.Management;

/// <summary>The answer of <c>SendCommand</c>: a <see cref="CommandResult"/> for one client, a <see cref="FanOutResult"/> for several.</summary>
internal sealed record CommandAnswer : CommandResult
{
    [JsonPropertyName("results")]
    [JsonPropertyOrder(1)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ClientCommandResult>? Results { get; init; }

    public static CommandAnswer Of(CommandResult result) => new() { Success = result.Success, Message = result.Message, Result = result.Result };

    public static CommandAnswer Of(FanOutResult result) => new() { Success = result.Success, Message = result.Message, Results = result.Results };
}
