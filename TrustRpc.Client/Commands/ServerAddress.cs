using TrustRpc.Client.CommandLine;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary>Which server a sub-command talks to: <c>--server</c>, else <c>TRUSTRPC_SERVER</c>, else that name in <c>.env</c>, else where the server program listens by default.</summary>
internal static class ServerAddress
{
    /// <summary>The address; what is wrong with a file that was not needed as a whole, and what is to be said of the secret, are lines on standard error.</summary>
    /// <param name="arguments">The words that were typed.</param>
    /// <param name="named">An address that stands among them without an option; null = there is none.</param>
    public static RpcEndpoint Of(Arguments arguments, string? named = null)
    {
        (RpcEndpoint endpoint, _, string? warning) = named is null ? Find(arguments) : (RpcEndpoint.Parse(named), "", null);
        if (warning is not null)
        {
            Console.Error.WriteLine(Terminal.Error.Yellow($"warning: {Run.OneLine(Name.Printable(warning))}"));
        }

        SecretWarnings.Tell();
        return endpoint;
    }

    /// <summary>The address, where it comes from, and what is wrong with a file that was not needed as a whole, for people.</summary>
    public static (RpcEndpoint Endpoint, string Source, string? Warning) Find(Arguments arguments)
    {
        if (arguments.One(Option.Server.Name) is { } given)
        {
            return (RpcEndpoint.Parse(given), Option.Server.Name, null);
        }

        if (RpcEndpoint.FromEnvironment(out string? source, out string? warning) is { } named)
        {
            return (named, source!, warning);
        }

        return (RpcEndpoint.Parse(File.Exists(DefaultEndpoints.UnixPath) ? DefaultEndpoints.Unix : DefaultEndpoints.Tcp), "where the server program listens by default", warning);
    }
}
