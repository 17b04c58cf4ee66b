namespace TrustRpc.Management;

/// <summary>What several clients made of a command, with results of a type. Immutable.</summary>
/// <typeparam name="TResult">What their results are.</typeparam>
public sealed record FanOutResult<TResult>
{
    /// <summary>Whether all of them executed it, none failed, and all results are of the type.</summary>
    public required bool Success { get; init; }

    /// <summary>How many of them did, for people.</summary>
    public string Message { get; init; } = "";

    /// <summary>One for each client: in the order of the ids that were given, or by id where all connected clients were meant.</summary>
    public required IReadOnlyList<ClientCommandResult<TResult>> Results { get; init; }
}
