using System.Runtime.CompilerServices;

namespace TrustRpc.Management;

/// <summary>
/// A subscription that goes on over the next connection behind the last event seen. It asks for a sign of life first, so that it knows a number to go on behind before anything has happened.
/// </summary>
internal sealed class ResumingSubscription(RpcClient client, IReadOnlyList<string>? eventTypes, long? after)
{
    /// <summary>A server that has stopped ends subscriptions until its goodbye arrives: nobody is hammered meanwhile.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private long? _last = after;

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

            await Task.Delay(Pause, cancellationToken).ConfigureAwait(false);
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

            cancellationToken.WaitHandle.WaitOne(Pause);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private object?[] Arguments => [eventTypes, _last, true];

    // False for the sign of life that was asked for: nobody else did.
    private bool TakesNote(ServerEvent e, ref bool isFirst)
    {
        bool isGreeting = isFirst && e.EventType == ServerEventType.Heartbeat;
        isFirst = false;
        _last = e.Sequence;
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

    private bool CanResume(RpcException e)
        => client.State != RpcClientState.Closed && (e is RpcConnectionException || e.Code is RpcErrorCode.Cancelled or RpcErrorCode.Unavailable);
}
