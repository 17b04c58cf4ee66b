namespace TrustRpc.Management;

/// <summary>What one of several clients made of a command, with a result of a type. Immutable.</summary>
/// <typeparam name="TResult">What its result is.</typeparam>
public sealed record ClientCommandResult<TResult>
{
    /// <summary>The client.</summary>
    public required string ClientUuid { get; init; }

    /// <summary>Whether the command was executed, did not fail, and its result is of the type.</summary>
    public required bool Success { get; init; }

    /// <summary>What went wrong, for people; empty where nothing did.</summary>
    public string Message { get; init; } = "";

    /// <summary>What the handler returned; the type's default where <see cref="Success"/> is false, or where it returned nothing.</summary>
    public TResult? Result { get; init; }

    /// <summary>
    /// What kept the result away (<see cref="RpcErrorCode"/>): <see cref="RpcErrorCode.NotFound"/> where the client is not connected, <see cref="RpcErrorCode.DeadlineExceeded"/>, and so on;
    /// <see cref="RpcErrorCode.ResultNotSendable"/> where the command was executed and its result is of another type; null where nothing did, or the client itself failed.
    /// </summary>
    public int? Code { get; init; }
}
