using TrustRpc.Client.CommandLine;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary>Which server a sub-command talks to: <c>--server</c>, else <c>TRUSTRPC_SERVER</c>, else that name in <c>.env</c>, else where the server program listens by default.</summary>
internal static class ServerAddress
{
    public static RpcEndpoint Of(Arguments arguments) => Find(arguments).Endpoint;

    /// <summary>The address, and where it comes from, for people.</summary>
    public static (RpcEndpoint Endpoint, string Source) Find(Arguments arguments)
    {
        if (arguments.One(Option.Server.Name) is { Length: > 0 } given)
        {
            return (RpcEndpoint.Parse(given), Option.Server.Name);
        }

        if (RpcEndpoint.FromEnvironment(out string? source) is { } named)
        {
            return (named, source!);
        }

        return (RpcEndpoint.Parse(File.Exists(DefaultEndpoints.UnixPath) ? DefaultEndpoints.Unix : DefaultEndpoints.Tcp), "where the server program listens by default");
    }
}
