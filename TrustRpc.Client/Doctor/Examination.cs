using System.Runtime.CompilerServices;

namespace TrustRpc.Client.Doctor;

/// <summary>All checks in the order in which a connection comes about. What rests on something that failed is not tried.</summary>
internal static class Examination
{
    /// <param name="server">The address that is looked at.</param>
    /// <param name="source">Where that comes from.</param>
    /// <param name="warning">What is wrong with the file that was asked for it; null = nothing.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async IAsyncEnumerable<Finding> RunAsync(RpcEndpoint server, string source, string? warning, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        (TrustId? secret, IReadOnlyList<Finding> findings) = SecretCheck.Run();
        foreach (Finding finding in findings)
        {
            yield return finding;
        }

        if (warning is not null)
        {
            yield return Finding.Warning("file", warning, "Mend that line; programs without TRUST_ID in their environment refuse the whole file.");
        }

        yield return Finding.Ok("address", $"{server}, from {source}");
        bool isReached = true;
        foreach (Finding finding in await ReachAsync(server, cancellationToken))
        {
            isReached &= finding.Mark != Mark.Failed;
            yield return finding;
        }

        if (!isReached || secret is null)
        {
            yield return Finding.Skipped("handshake", isReached ? "not tried without a secret" : "not tried: there is nobody to try it with");
            yield break;
        }

        bool isProven = true;
        foreach (Finding finding in await HandshakeCheck.RunAsync(server, secret, cancellationToken))
        {
            isProven &= finding.Mark != Mark.Failed;
            yield return finding;
        }

        if (!isProven)
        {
            yield return Finding.Skipped("round trip", "not tried: calls come after the handshake");
            yield break;
        }

        foreach (Finding finding in await RoundTripCheck.RunAsync(server, secret, cancellationToken))
        {
            yield return finding;
        }
    }

    // A pipe shows only when it is used, which the handshake does.
    private static async Task<IReadOnlyList<Finding>> ReachAsync(RpcEndpoint server, CancellationToken cancellationToken) => server.Transport switch
    {
        RpcTransport.Unix => await SocketFileCheck.RunAsync(server, cancellationToken),
        RpcTransport.Tcp or RpcTransport.Tls => await NetworkCheck.RunAsync(server, cancellationToken),
        _ => [],
    };
}
