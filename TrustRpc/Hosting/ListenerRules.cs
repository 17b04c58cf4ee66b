using TrustRpc.Diagnostics;

namespace TrustRpc.Hosting;

/// <summary>What a server may listen on with the secret that it has.</summary>
internal static class ListenerRules
{
    /// <exception cref="TrustException">The secret is too weak for the endpoint.</exception>
    public static void Check(RpcEndpoint endpoint, RpcServerOptions options, TrustId trustId)
    {
        if (endpoint.IsBeyondThisMachine && !trustId.IsGenerated)
        {
            const string advice = "it was not generated, and whoever reaches the port may try guesses. "
                + $"For a good one run 'dotnet run --project TrustRpc.Server -- keygen' or 'trustrpc keygen', or call {nameof(TrustId)}.{nameof(TrustId.Generate)}()";
            if (!options.AllowTextTrustIdOnNetwork)
            {
                throw new TrustException(
                    TrustFailure.NoUsableSecret,
                    $"The secret is too weak to listen on {endpoint}: {advice}, or accept the risk: {nameof(RpcServerOptions)}.{nameof(RpcServerOptions.AllowTextTrustIdOnNetwork)}, --allow-text-trust-id of the programs.");
            }

            RpcEventSource.Log.Advice($"The secret is weak for {endpoint}: {advice}.");
        }

        if (endpoint.Transport == RpcTransport.Pipe)
        {
            RpcEventSource.Log.Advice($"{endpoint} is a named pipe, the transport for compatibility: prefer unix:// on one machine and tcp:// or tls:// between machines.");
        }
    }
}
