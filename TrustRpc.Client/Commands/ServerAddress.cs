using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary>Which server a sub-command talks to: <c>--server</c>, else <c>TRUSTRPC_SERVER</c>, else where the server program listens by default.</summary>
internal static class ServerAddress
{
    public const string Help = "--server URI      the server; default: the variable TRUSTRPC_SERVER, else where the server program listens by default";

    public static RpcEndpoint Of(Arguments arguments)
        => Named(arguments) ?? RpcEndpoint.Parse(File.Exists(DefaultEndpoints.UnixPath) ? DefaultEndpoints.Unix : DefaultEndpoints.Tcp);

    /// <summary>Null where no server is named.</summary>
    public static RpcEndpoint? Named(Arguments arguments)
        => (arguments.One("--server") ?? Environment.GetEnvironmentVariable("TRUSTRPC_SERVER")) is { Length: > 0 } named ? RpcEndpoint.Parse(named) : null;
}
