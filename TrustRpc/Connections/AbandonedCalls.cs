using TrustRpc.Framing;
using TrustRpc.Messages;

namespace TrustRpc.Connections;

/// <summary>
/// Ends calls of this side's that nobody has answered: their callers wait no longer, their time is up, or the connection has ended. Each error says whether the request had begun
/// to leave. Thread-safe.
/// </summary>
internal sealed class AbandonedCalls(OutputQueue output, PendingCalls pending, int maxFrame)
{
    /// <summary>The caller waits no longer: it gets the error now, and the peer is told, unless the request had not begun to leave.</summary>
    public void GiveUp(PendingCall call, Exception error)
    {
        if (pending.TryGiveUp(call))
        {
            TakeBackOrCancel(call, call.Id);
            Continue(call, error);
        }
    }

    /// <summary>Gives up the calls whose time is up; the time of the next one.</summary>
    public long Expire(long now)
    {
        (List<(PendingCall Call, long Id)>? Due, long Now, long Next) state = (null, now, long.MaxValue);
        pending.ForEach(ref state, static (PendingCall call, ref (List<(PendingCall Call, long Id)>? Due, long Now, long Next) s) =>
        {
            if (call.Deadline <= s.Now)
            {
                (s.Due ??= []).Add((call, call.Id));
            }
            else
            {
                s.Next = Math.Min(s.Next, call.Deadline);
            }
        });

        foreach ((PendingCall call, long id) in state.Due ?? [])
        {
            if (pending.TryGiveUp(call, id))
            {
                Continue(call, call.TooLate(mayHaveRun: !TakeBackOrCancel(call, id)));
            }
        }

        return Math.Min(state.Next, pending.ExpireTurns(now));
    }

    /// <summary>Fails every call: the peer is gone. Each error says whether its request had begun to leave.</summary>
    /// <param name="peer">Its name.</param>
    /// <param name="reason">Why the connection ends.</param>
    /// <param name="cause">What is behind that; null = nothing.</param>
    /// <param name="answers">False where not even an answer leaves any more.</param>
    public void EndAll(string peer, string reason, Exception? cause, bool answers)
    {
        // From here on what is not in the queue never will be, so that what is neither there nor was is certain not to leave.
        output.TakeNoRequests();
        HashSet<long> unsent = TakeBackUnsent();
        if (!answers)
        {
            // Before any caller goes on: a method that fails because its own call has failed must not tell that to a peer that is to see a loss.
            output.End();
        }

        foreach (PendingCall call in pending.EndAll(new RpcConnectionException($"The connection to '{peer}' is closed: {reason}.", cause)))
        {
            Continue(call, call.Lost(peer, reason, cause, mayHaveRun: call.Place == RequestPlace.Queue && !unsent.Contains(call.Id)));
        }
    }

    /// <summary>True where the request had not begun to leave: now it never will. Otherwise the peer is told.</summary>
    private bool TakeBackOrCancel(PendingCall call, long id)
    {
        Span<byte> start = stackalloc byte[EnvelopeWriter.MaxRequestStart];
        if (output.TryTakeBack(start[..EnvelopeWriter.WriteRequestStart(start, id)], ref call.Place))
        {
            pending.TryAnswer(id, out _);
            return true;
        }

        SendCancellation(id);
        return false;
    }

    private HashSet<long> TakeBackUnsent()
    {
        List<long> ids = [];
        pending.ForEach(ref ids, static (PendingCall call, ref List<long> list) => list.Add(call.Id));
        HashSet<long> unsent = [];
        Span<byte> start = stackalloc byte[EnvelopeWriter.MaxRequestStart];
        foreach (long id in ids)
        {
            if (output.TryTakeBack(start[..EnvelopeWriter.WriteRequestStart(start, id)]))
            {
                unsent.Add(id);
            }
        }

        return unsent;
    }

    private void SendCancellation(long id)
    {
        FrameBuffer frame = FrameBuffer.Rent(maxFrame);
        EnvelopeWriter.WriteCancellation(frame, id);
        output.Add(frame.Frame.Span);
        frame.Return();
    }

    // The caller's own code goes on elsewhere: this thread is the reader's, a timer's or another caller's.
    private static void Continue(PendingCall call, Exception error)
    {
        call.Fail(error);
        if (call.HasBlockedThread)
        {
            call.Execute();
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(call, preferLocal: false);
        }
    }
}
