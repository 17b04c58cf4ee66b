namespace TrustRpc.Management;

/// <summary>
/// A command has no result of the type that was asked for: the client does not have it or failed, and <see cref="Exception.Message"/> is what it said of that, with the code
/// <see cref="RpcErrorCode.ApplicationError"/>; or its result is of another type (<see cref="RpcErrorCode.ResultNotSendable"/>). The client has answered, and every connection is fine.
/// </summary>
public sealed class CommandFailedException : RpcException
{
    internal CommandFailedException(RpcErrorCode code, string clientUuid, string command, string message)
        : base(code, message) => (ClientUuid, Command) = (clientUuid, command);

    /// <summary>The client's id.</summary>
    public string ClientUuid { get; }

    /// <summary>The command's name.</summary>
    public string Command { get; }
}
