using TrustRpc.Diagnostics;
using TrustRpc.Framing;
using TrustRpc.Services;
using TrustRpc.Streams;

namespace TrustRpc.Connections;

/// <summary>
/// How one connection comes to its end: which of its sides says that it will, what is still said and waited for, and what has to end with it. Of several reasons
/// the first one stands. Thread-safe.
/// </summary>
internal sealed class Ending(
    RpcConnection connection, IConnectionLink link, RpcServices services, ConnectionStage stage, EndNotice notice,
    OutputQueue output, PendingCalls pending, OutgoingCalls outgoing, ActiveCalls active, NotificationQueue notifications)
{
    private Farewell? _farewell;
    private ConnectionEnd? _decided;

    // Made for the end: until then it would be so much more for an idle connection to hold.
    private Farewell Farewell => LazyInitializer.EnsureInitialized(
        ref _farewell, () => new Farewell(link, services, output, outgoing, active, connection.Streams.Producers, notice, connection.Time, End));

    /// <summary>This side ends it in order.</summary>
    /// <param name="kind">The word of the protocol for why.</param>
    /// <param name="message">Why, for the people at the other end.</param>
    /// <param name="reason">Why, for this side's.</param>
    /// <param name="grace">How long methods may go on; zero = not at all, infinite = as long as they take.</param>
    /// <returns>A task that completes when the connection has ended.</returns>
    public Task CloseAsync(string kind, string message, string reason, TimeSpan grace)
    {
        GoAway(kind, message);
        return Farewell.BidAsync(new ConnectionEnd(reason, IsOrderly: true), grace);
    }

    /// <summary>The peer says that it will end it.</summary>
    public void PeerGoesAway(string reason, bool forGood)
    {
        if (stage.TryPeerGoesAway(reason, forGood))
        {
            output.TakeNoRequests();
            pending.DismissTurns(new RpcConnectionException($"The connection to '{connection.Peer.Name}' is closing ({reason}); the call was not sent."));
            stage.TakeNoMoreCalls($"the peer is going away ({reason})");
        }
    }

    /// <summary>The reader stops: what arrived is not what the protocol allows.</summary>
    public void ProtocolBroken(string problem)
        => EndAfterFlush(GoAwayReason.Protocol, "The bytes were not what the protocol allows.", new ConnectionEnd($"the peer broke the protocol: {problem}", IsOrderly: false));

    /// <summary>The reader stops: the peer asks for more than it may.</summary>
    public void LimitExceeded(string problem)
        => EndAfterFlush(GoAwayReason.Limit, problem, new ConnectionEnd($"the peer went over a limit: {problem}", IsOrderly: false));

    /// <summary>The reader stops: nothing more can be read.</summary>
    public void ReadFailed(Exception e)
    {
        ReadingEnded();
        End(new ConnectionEnd("the connection broke while reading", IsOrderly: false, e));
    }

    /// <summary>The reader stops: the peer's bytes have ended.</summary>
    public void StreamEnded(bool insideFrame)
    {
        ReadingEnded();
        if (insideFrame)
        {
            End(new ConnectionEnd("the peer left in the middle of a frame", IsOrderly: false));
        }
        else if (!stage.IsGoingAway)
        {
            ConnectionEnd end = stage.PeerGoesAway is { } reason
                ? new ConnectionEnd($"the peer said goodbye ({reason})", IsOrderly: true)
                : new ConnectionEnd("the peer left without a word", IsOrderly: false);
            Volatile.Write(ref _decided, end);
            outgoing.Abandoned.EndAll(connection.Peer.Name, end.Reason, null, answers: true);
            _ = Farewell.BidAsync(end);
        }
    }

    /// <summary>Nothing more can be written. What cannot be written to a peer that has left, or has been told to, is no reason of its own.</summary>
    public void WriteFailed(Exception e) => End(Volatile.Read(ref _decided) ?? (e is OutputFullException
        ? new ConnectionEnd($"the peer went over a limit: {e.Message}", IsOrderly: false)
        : new ConnectionEnd("the connection broke while writing", IsOrderly: false, e)));

    /// <summary>It is over, at once.</summary>
    public void End(ConnectionEnd end)
    {
        if (!stage.TryEnd(end))
        {
            return;
        }

        stage.TakeNoMoreCalls(end.Reason);
        string reason = end.Cause is null ? end.Reason : $"{end.Reason} ({end.Cause.Message})";
        outgoing.Abandoned.EndAll(connection.Peer.Name, reason, end.Cause, answers: false);
        connection.Deadlines.Dispose();
        RpcTelemetry.Closed(connection);
        active.CancelAll(CallEnd.ConnectionLost);
        connection.Streams.Producers.EndAll(StreamEnd.ConnectionLost);
        notifications.CancelAll(CallEnd.ConnectionLost);
        link.Abort();
        RpcEventSource.Log.Closed(connection.Peer.Session, connection.Peer.Name, connection.Peer.Id, reason);
        _ = DisposeLinkAsync(reason);
    }

    private void GoAway(string reason, string message)
    {
        // Whoever comes second goes on to the end, which must not overtake the word that it comes.
        lock (stage)
        {
            if (!stage.TryGoAway())
            {
                return;
            }

            stage.TakeNoMoreCalls("this side closes it");
            outgoing.AddGoAway(reason, message);
        }

        output.Flush();
    }

    // The reader has stopped: what is still to be said is said, and nothing more is heard.
    private void EndAfterFlush(string reason, string message, ConnectionEnd end)
    {
        Volatile.Write(ref _decided, end);
        GoAway(reason, message);
        Farewell.ReadingEnded();
        _ = Farewell.BidAsync(end);
    }

    private void ReadingEnded()
    {
        notice.ReadTheLast();
        Farewell.ReadingEnded();
    }

    private async Task DisposeLinkAsync(string reason)
    {
        try
        {
            await link.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // A stream that cannot even be closed is as gone as one that can; a program's own may throw what it likes.
        }

        notice.Give(reason);
    }
}
