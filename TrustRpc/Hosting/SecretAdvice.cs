using System.Collections.Concurrent;
using TrustRpc.Diagnostics;

namespace TrustRpc.Hosting;

/// <summary>Tells the log what an operator should know about a secret that is used: that it can be guessed, or that others can read it.</summary>
internal static class SecretAdvice
{
    // A program that connects a thousand times has one secret, and one sentence about it is enough.
    private static readonly ConcurrentDictionary<string, bool> Said = new(StringComparer.Ordinal);

    /// <summary>Each sentence once in the life of the process, as soon as somebody listens.</summary>
    public static void LogOnce(TrustId trustId)
    {
        foreach (string warning in trustId.Warnings)
        {
            if (RpcEventSource.Log.IsEnabled() && Said.TryAdd(warning, true))
            {
                RpcEventSource.Log.Advice(warning);
            }
        }
    }

    /// <summary>Each sentence, whether it was told before or not: a server begins to listen.</summary>
    public static void Log(IEnumerable<TrustId> secrets)
    {
        foreach (string warning in secrets.SelectMany(static trustId => trustId.Warnings).Distinct())
        {
            if (RpcEventSource.Log.IsEnabled())
            {
                Said.TryAdd(warning, true);
                RpcEventSource.Log.Advice(warning);
            }
        }
    }
}
