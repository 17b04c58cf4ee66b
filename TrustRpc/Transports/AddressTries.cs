using System.Net;
using System.Net.Sockets;

namespace TrustRpc.Transports;

/// <summary>
/// Tries the addresses of a host name, one after the other in the resolver's order: each gets an equal share of the time that is left, so that one that never answers,
/// IPv6 on a network without it say, does not take it all. For one connection; its time begins when it is made.
/// </summary>
/// <param name="timeout">What all of them have together; infinite = each has as long as it takes.</param>
/// <param name="time">The clock.</param>
internal sealed class AddressTries(TimeSpan timeout, TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();

    /// <summary>The first that can be connected. The last one has what the token leaves, and its failure counts.</summary>
    public async ValueTask<T> FirstAsync<T>(IPAddress[] addresses, Func<IPAddress, CancellationToken, ValueTask<T>> connectAsync, CancellationToken cancellationToken)
    {
        for (int i = 0; i < addresses.Length - 1; i++)
        {
            using CancellationTokenSource share = new(Share(addresses.Length - i), time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, share.Token);
            try
            {
                return await connectAsync(addresses[i], either.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                // The next one may be reachable: a name often stands for IPv6 and IPv4 where the server listens at one of them.
            }
        }

        return await connectAsync(addresses[^1], cancellationToken).ConfigureAwait(false);
    }

    private TimeSpan Share(int left)
    {
        if (timeout == Timeout.InfiniteTimeSpan)
            return timeout;
        TimeSpan rest = timeout - time.GetElapsedTime(_started);
        return rest > TimeSpan.Zero ? rest / left : TimeSpan.Zero;
    }
}
