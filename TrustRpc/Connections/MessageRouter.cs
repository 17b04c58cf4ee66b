using System.Text.Json;
using TrustRpc.Framing;
using TrustRpc.Messages;
using TrustRpc.Services;

namespace TrustRpc.Connections;

/// <summary>Sorts what arrives: requests and callers to continue into the work queue, notifications into theirs, the protocol's own messages where they are answered. Runs no user code.</summary>
internal sealed class MessageRouter(
    RpcConnection connection, Admission admission, FrameReader frames, RpcServices services, PendingCalls pending, ActiveCalls active, NotificationQueue notifications, WorkQueue work)
{
    /// <summary>Sorts every complete frame that has arrived; false = the connection has been ended.</summary>
    public bool TakeAll()
    {
        try
        {
            while (frames.TryTake(out ReadOnlySpan<byte> body))
            {
                if (!Take(EnvelopeReader.Read(body)))
                {
                    return false;
                }
            }

            return true;
        }
        catch (FrameException e)
        {
            connection.Ending.ProtocolBroken(e.Message);
            return false;
        }
    }

    private bool Take(Envelope envelope)
    {
        switch (envelope.Kind)
        {
            case EnvelopeKind.Request or EnvelopeKind.Invalid when !connection.Unread.MayAsk():
                connection.Ending.LimitExceeded("it goes on asking and does not read the answers");
                return false;
            case EnvelopeKind.Request:
                return TakeRequest(in envelope);
            case EnvelopeKind.Notification:
                return TakeNotification(in envelope);
            case EnvelopeKind.Response or EnvelopeKind.Error:
                TakeResponse(in envelope);
                return true;
            case EnvelopeKind.Invalid:
                connection.Responses.SendError(envelope.HasId ? envelope.Id : null, RpcErrorCode.InvalidRequest, $"This is no message: {envelope.Problem}.");
                return true;
            default:
                connection.Ending.ProtocolBroken($"malformed: {envelope.Problem}");
                return false;
        }
    }

    private bool TakeRequest(in Envelope envelope)
    {
        if (connection.Streams.Producers.Hold(envelope.Id))
        {
            return IsSecond(envelope.Id);
        }

        bool isReserved = ReservedMethods.IsReserved(envelope.Method);
        if (!isReserved && services.TryFind(envelope.Method, out MethodDescriptor? method))
        {
            return Run(in envelope, method);
        }

        if (active.Has(envelope.Id))
        {
            return IsSecond(envelope.Id);
        }

        if (!isReserved)
        {
            // Says the name that was sent, to whoever sent it; the log gets none that is not registered.
            connection.Log.Refused(null, RpcErrorCode.MethodNotFound, "no such method");
            connection.Responses.SendError(envelope.Id, RpcErrorCode.MethodNotFound, $"There is no method '{ReservedMethods.Printable(envelope.Method)}' here.");
            return true;
        }

        return TakeReservedRequest(in envelope);
    }

    private bool Run(in Envelope envelope, MethodDescriptor method)
    {
        if (admission.Refusal() is { } refusal)
        {
            if (active.Has(envelope.Id))
            {
                return IsSecond(envelope.Id);
            }

            connection.Log.Refused(method.Name, refusal.Code, refusal.Message);
            connection.Responses.SendError(envelope.Id, refusal.Code, refusal.Message);
            return true;
        }

        ActiveCall call = ActiveCall.Rent(connection, in envelope, method);
        long deadline = call.Deadline;
        if (!active.TryAdd(call, out bool begins))
        {
            return IsSecond(call.Id);
        }

        if (begins)
        {
            work.Add(call);
        }

        connection.Deadlines.Watch(deadline);
        return true;
    }

    private bool IsSecond(RequestId id)
    {
        connection.Ending.ProtocolBroken($"a second request with the id {id} while the first is in flight");
        return false;
    }

    private bool TakeReservedRequest(in Envelope envelope)
    {
        if (envelope.Method.SequenceEqual(ReservedMethods.Ping))
        {
            if (ReservedMethods.AsksForTime(envelope.Payload))
            {
                connection.Responses.SendTime(envelope.Id, connection.Time.GetUtcNow());
            }
            else
            {
                connection.Responses.SendNull(envelope.Id);
            }

            return true;
        }

        if (envelope.Method.SequenceEqual(ReservedMethods.Next))
        {
            TakeNext(in envelope);
            return true;
        }

        if (services.TryFindReserved(envelope.Method, out MethodDescriptor? method))
        {
            return Run(in envelope, method);
        }

        connection.Responses.SendError(envelope.Id, RpcErrorCode.MethodNotFound, $"There is no method '{ReservedMethods.Printable(envelope.Method)}' here.");
        return true;
    }

    private void TakeNext(in Envelope envelope)
    {
        RpcErrorCode refusal = connection.Streams.TakeNext(in envelope);
        if (refusal != RpcErrorCode.None)
        {
            connection.Responses.SendError(envelope.Id, refusal, refusal switch
            {
                RpcErrorCode.UnknownStream => "There is no such sequence, or no longer.",
                RpcErrorCode.Cancelled => "The sequence was ended because the connection is closing.",
                _ => "The params of $/enumerator/next are [token].",
            });
        }
    }

    private bool TakeNotification(in Envelope envelope)
    {
        if (ReservedMethods.IsReserved(envelope.Method))
        {
            return TakeReservedNotification(in envelope);
        }

        if (!services.TryFind(envelope.Method, out MethodDescriptor? method))
        {
            connection.Log.Refused(null, RpcErrorCode.MethodNotFound, "a notification for no method of this side's");
            return true;
        }

        if (notifications.TryAdd(ActiveCall.Rent(connection, in envelope, method)))
        {
            return true;
        }

        connection.Ending.LimitExceeded("more notifications are waiting than maxCalls allows");
        return false;
    }

    private bool TakeReservedNotification(in Envelope envelope)
    {
        try
        {
            if (envelope.Method.SequenceEqual(ReservedMethods.Cancel) && ReservedMethods.TryReadId(envelope.Payload, out RequestId id))
            {
                if (!connection.Cancellations.TrySpend())
                {
                    connection.Ending.LimitExceeded("more cancellations within a second than are allowed");
                    return false;
                }

                if (!active.Cancel(id, CallEnd.Caller))
                {
                    connection.Streams.Producers.TryCancelNext(id);
                }
            }
            else if (envelope.Method.SequenceEqual(ReservedMethods.Abort) && ReservedMethods.TryReadToken(envelope.Payload, out long token))
            {
                connection.Streams.Producers.Abort(token);
            }
            else if (envelope.Method.SequenceEqual(ReservedMethods.Progress))
            {
                connection.Streams.TakeReport(envelope.Payload);
            }
            else if (envelope.Method.SequenceEqual(ReservedMethods.GoAway))
            {
                string reason = ReservedMethods.ReadReason(envelope.Payload);
                connection.Ending.PeerGoesAway(GoAwayReason.Describe(reason, ReservedMethods.ReadMessage(envelope.Payload)), forGood: reason == GoAwayReason.Dismissed);
            }
        }
        catch (JsonException)
        {
            // Params of another shape than the protocol's: a notification is never answered.
        }

        return true;
    }

    private void TakeResponse(in Envelope envelope)
    {
        if (!envelope.HasId || envelope.Id.Text is not null || !pending.TryAnswer(envelope.Id.Number, out PendingCall? call, out bool dropsSequence))
        {
            connection.CountStrayResponse();
            return;
        }

        if (call is null)
        {
            if (dropsSequence && envelope.Kind == EnvelopeKind.Response)
            {
                connection.Streams.DropAnswer(envelope.Payload);
            }

            return;
        }

        call.Answer(in envelope);
        if (call.Reports is { } reports && reports.TryDefer(call))
        {
            return;
        }

        if (call.HasBlockedThread)
        {
            call.Execute();
        }
        else
        {
            work.Add(call);
        }
    }
}
