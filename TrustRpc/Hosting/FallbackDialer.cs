using System.Runtime.ExceptionServices;

namespace TrustRpc.Hosting;

/// <summary>Connects to the first of several places that can be reached, in their order each time. For one caller at a time.</summary>
internal sealed class FallbackDialer(IReadOnlyList<DialTarget> targets, TimeProvider time)
{
    private readonly Failure?[] _failures = new Failure?[targets.Count];

    public string Names => string.Join(", ", targets.Select(target => target.Name));

    /// <summary>One round: each place once, but for those that have asked for patience while there is another to try.</summary>
    /// <exception cref="RpcException">None could be connected; the message says why for each.</exception>
    public Task<RpcConnection> ConnectAsync(CancellationToken cancellationToken) => targets is [var only] ? only.ConnectAsync(cancellationToken) : ConnectFirstAsync(cancellationToken);

    private async Task<RpcConnection> ConnectFirstAsync(CancellationToken cancellationToken)
    {
        long now = time.GetTimestamp();
        bool isAnyDue = Array.Exists(_failures, failure => failure is null || failure.NotBefore <= now);
        for (int i = 0; i < targets.Count; i++)
        {
            if (isAnyDue && _failures[i]?.NotBefore > now)
            {
                continue;
            }

            try
            {
                RpcConnection connection = await targets[i].ConnectAsync(cancellationToken).ConfigureAwait(false);
                Array.Clear(_failures);
                return connection;
            }
            catch (RpcException e)
            {
                _failures[i] = new Failure(e, e is TrustException { Proven: true, RetryAfter: { } wait } ? time.GetTimestamp() + Ticks(wait) : 0);
            }
        }

        throw Combine();
    }

    private Exception Combine()
    {
        Failure[] failures = _failures!;
        if (failures is [{ Error: var only }])
        {
            ExceptionDispatchInfo.Throw(only);
        }

        string message = "None of the endpoints can be connected. "
            + string.Join(" ", targets.Select((target, i) => $"{target.Name}: {failures[i].Error.Message}"));
        TrustException? refusal = Array.ConvertAll(failures, failure => failure.Error).OfType<TrustException>().OrderByDescending(e => e.IsLasting).FirstOrDefault();
        if (refusal is null)
        {
            return new RpcConnectionException(message, new AggregateException(failures.Select(failure => failure.Error)));
        }

        // Patience is asked for only where all of them ask for it.
        long next = failures.Min(failure => failure.NotBefore);
        TimeSpan wait = next == 0 ? TimeSpan.Zero : time.GetElapsedTime(time.GetTimestamp(), next);
        return new TrustException(refusal.Failure, message, refusal) { Proven = refusal.Proven, RetryAfter = wait > TimeSpan.Zero ? wait : null };
    }

    private long Ticks(TimeSpan wait) => (long)(wait.TotalSeconds * time.TimestampFrequency);

    /// <param name="Error">Why the last try failed.</param>
    /// <param name="NotBefore">When the server wants to be tried again, as a timestamp; 0 = at any time.</param>
    private sealed record Failure(RpcException Error, long NotBefore);
}
