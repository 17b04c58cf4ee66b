using System.Runtime.CompilerServices;

namespace TrustRpc.Management;

/// <summary>
/// A subscription that goes on over the next connection behind the last event seen. It asks for a sign of life first, so that it knows a number to go on behind before anything has happened.
/// </summary>
internal sealed class ResumingSubscription(RpcClient client, IReadOnlyList<string>? eventTypes, long? after, TimeProvider time)
{
    /// <summary>A server that has stopped ends subscriptions until its goodbye arrives, and one that is full refuses them: nobody is hammered meanwhile.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>What has lived for so long was no subscription that the server ends as soon as it has begun.</summary>
    private static readonly TimeSpan LongLife = TimeSpan.FromSeconds(5);

    private long? _last = after;
    private TimeSpan _pause = FirstPause;
    private bool _hasBegun;
    private long? _began;

    public async IAsyncEnumerable<ServerEvent> EventsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            bool isFirst = true;
            await using (IAsyncEnumerator<ServerEvent> events = client.StreamAsync<ServerEvent>("Subscribe", Arguments, ManagementClient.Endless, cancellationToken).GetAsyncEnumerator(CancellationToken.None))
            {
                while (await GoesOnAsync(events).ConfigureAwait(false))
                {
                    if (TakesNote(events.Current, ref isFirst))
                    {
                        yield return events.Current;
                    }
                }
            }

            await Task.Delay(NextPause(), time, cancellationToken).ConfigureAwait(false);
        }
    }

    public IEnumerable<ServerEvent> Events(CancellationToken cancellationToken)
    {
        while (true)
        {
            bool isFirst = true;
            using (IEnumerator<ServerEvent> events = client.Stream<ServerEvent>("Subscribe", Arguments, ManagementClient.Endless, cancellationToken).GetEnumerator())
            {
                while (GoesOn(events))
                {
                    if (TakesNote(events.Current, ref isFirst))
                    {
                        yield return events.Current;
                    }
                }
            }

            cancellationToken.WaitHandle.WaitOne(NextPause());
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private object?[] Arguments => [eventTypes, _last, true];

    private TimeSpan NextPause()
    {
        TimeSpan pause = _began is { } began && time.GetElapsedTime(began) >= LongLife ? FirstPause : _pause;
        _began = null;
        _pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        return pause;
    }

    // False for the sign of life that was asked for: nobody else did.
    private bool TakesNote(ServerEvent e, ref bool isFirst)
    {
        bool isGreeting = isFirst && e.EventType == ServerEventType.Heartbeat;
        isFirst = false;
        _last = e.Sequence;
        _began ??= time.GetTimestamp();
        _hasBegun = true;
        return !isGreeting;
    }

    private async ValueTask<bool> GoesOnAsync(IAsyncEnumerator<ServerEvent> events)
    {
        try
        {
            return await events.MoveNextAsync().ConfigureAwait(false);
        }
        catch (RpcException e) when (CanResume(e))
        {
            return false;
        }
    }

    private bool GoesOn(IEnumerator<ServerEvent> events)
    {
        try
        {
            return events.MoveNext();
        }
        catch (RpcException e) when (CanResume(e))
        {
            return false;
        }
    }

    // The server may hold the subscription of the connection that was lost for a while, and have no place for another until then.
    private bool CanResume(RpcException e)
        => client.State != RpcClientState.Closed
            && (e is RpcConnectionException || e.Code is RpcErrorCode.Cancelled or RpcErrorCode.Unavailable || (_hasBegun && e.Code == RpcErrorCode.ResourceExhausted));
}
