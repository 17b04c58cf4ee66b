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
        (RpcEndpoint endpoint, _, string? warning) = Find(arguments, named);
        if (warning is not null)
        {
            Console.Error.WriteLine(Terminal.Error.Yellow($"warning: {Run.OneLine(Name.Printable(warning))}"));
        }

        SecretWarnings.Tell(arguments);
        return endpoint;
    }

    /// <summary>The address, where it comes from, and what is wrong with a file that was not needed as a whole, for people.</summary>
    /// <param name="arguments">The words that were typed.</param>
    /// <param name="named">An address that stands among them without an option; null = there is none.</param>
    /// <exception cref="UsageException">There is one with an option as well.</exception>
    public static (RpcEndpoint Endpoint, string Source, string? Warning) Find(Arguments arguments, string? named = null)
    {
        string? given = arguments.One(Option.Server.Name);
        if (named is not null)
        {
            return given is null
                ? (RpcEndpoint.Parse(named), "the command line", null)
                : throw new UsageException($"The server is given twice, as '{Name.Printable(named)}' and with {Option.Server.Name} as '{Name.Printable(given)}': once is right.");
        }

        if (given is not null)
        {
            return (RpcEndpoint.Parse(given), Option.Server.Name, null);
        }

        if (RpcEndpoint.FromEnvironment(out string? source, out string? warning) is { } usual)
        {
            return (usual, source!, warning);
        }

        return (RpcEndpoint.Parse(File.Exists(DefaultEndpoints.UnixPath) ? DefaultEndpoints.Unix : DefaultEndpoints.Tcp), "where the server program listens by default", warning);
    }
}
