using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace TrustRpc.Management;

/// <summary>The answer of <c>SendCommand</c> as <see cref="CommandAnswer"/> writes it, with results of a type; also what stands in it for each of several clients.</summary>
internal sealed record TypedAnswer<T>
{
    [JsonPropertyName("success")]
    public required bool Success { get; init; }

    [JsonPropertyName("message")]
    public string Message { get; init; } = "";

    [JsonPropertyName("result")]
    public TypedResult<T> Result { get; init; } = TypedResult<T>.None;

    [JsonPropertyName("client_uuid")]
    public string ClientUuid { get; init; } = "";

    [JsonPropertyName("code")]
    public int? Code { get; init; }

    [JsonPropertyName("results")]
    public IReadOnlyList<TypedAnswer<T>>? Results { get; init; }

    private bool IsOfOtherType => Success && Result.Problem is not null;

    /// <summary>The same of an answer that has not travelled.</summary>
    [RequiresUnreferencedCode("The result is read by reflection.")]
    [RequiresDynamicCode("The result is read by reflection.")]
    public static TypedAnswer<T> Of(CommandResult answer) => new()
    {
        Success = answer.Success,
        Message = answer.Message,
        Result = TypedResult<T>.Of(answer.Result),
        ClientUuid = (answer as ClientCommandResult)?.ClientUuid ?? "",
        Code = (answer as ClientCommandResult)?.Code,
    };

    /// <inheritdoc cref="Of(CommandResult)"/>
    [RequiresUnreferencedCode("The results are read by reflection.")]
    [RequiresDynamicCode("The results are read by reflection.")]
    public static TypedAnswer<T> Of(FanOutResult answer) => new() { Success = answer.Success, Message = answer.Message, Results = [.. answer.Results.Select(Of)] };

    /// <exception cref="CommandFailedException">There is none of the type.</exception>
    public T ResultOf(string clientUuid, string command)
        => !Success ? throw new CommandFailedException(RpcErrorCode.ApplicationError, clientUuid, command, Message)
            : IsOfOtherType ? throw new CommandFailedException(RpcErrorCode.ResultNotSendable, clientUuid, command, $"'{command}' was executed by '{clientUuid}'. {Unreadable}")
            : Result.Value!;

    public FanOutResult<T> ResultsOfAll()
    {
        IReadOnlyList<TypedAnswer<T>> answers = Results ?? [];
        int ofOtherType = answers.Count(static answer => answer.IsOfOtherType);
        return new FanOutResult<T>
        {
            Success = Success && ofOtherType == 0,
            Message = ofOtherType == 0 ? Message : $"{Message} The results of {ofOtherType} of them are not {typeof(T).Name}.",
            Results = [.. answers.Select(static answer => answer.OfOne())],
        };
    }

    private ClientCommandResult<T> OfOne() => new()
    {
        ClientUuid = ClientUuid,
        Success = Success && !IsOfOtherType,
        Message = IsOfOtherType ? $"{Message} {Unreadable}".TrimStart() : Message,
        Result = Result.Value,
        Code = IsOfOtherType ? (int)RpcErrorCode.ResultNotSendable : Code,
    };

    private string Unreadable => $"Its result cannot be read as {typeof(T).Name}: {Result.Problem}";
}
