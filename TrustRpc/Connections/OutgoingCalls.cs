using TrustRpc.Framing;
using TrustRpc.Messages;

namespace TrustRpc.Connections;

/// <summary>The calls and notifications that this side sends, from the caller's arguments to the outcome. Thread-safe.</summary>
internal sealed class OutgoingCalls(
    OutputQueue output, PendingCalls pending, DeadlineTimer deadlines, ConnectionStreams streams, AbandonedCalls abandoned,
    ConnectionSettings settings, CallLog log)
{
    public ConnectionStreams Streams => streams;

    public AbandonedCalls Abandoned => abandoned;

    public ValueTask<T> InvokeAsync<T>(string method, CallArguments arguments, CallSettings call, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<T>(cancellationToken);
        }

        long now = deadlines.Now;
        PendingCall<T> pendingCall = PendingCall<T>.Rent(this, method, blocks: false, DeadlineOf(method, call, now));
        pendingCall.ItemTimeout = ItemTimeoutOf(call);
        if (!pending.TryAdd(pendingCall))
        {
            return InvokeInTurnAsync(pendingCall, arguments.Positional.ToArray(), arguments.Named, cancellationToken);
        }

        short version = pendingCall.Version;
        Send(pendingCall, arguments, now, cancellationToken);
        return new ValueTask<T>(pendingCall, version);
    }

    public T InvokeBlocking<T>(string method, CallArguments arguments, CallSettings call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        WorkQueue.BeforeBlocking();
        long now = deadlines.Now;
        PendingCall<T> pendingCall = PendingCall<T>.Rent(this, method, blocks: true, DeadlineOf(method, call, now));
        pendingCall.ItemTimeout = ItemTimeoutOf(call);
        if (!pending.TryAdd(pendingCall))
        {
            WaitForTurn(pendingCall, cancellationToken).GetAwaiter().GetResult();
            pending.Claim(pendingCall);
            now = deadlines.Now;
        }

        Send(pendingCall, arguments, now, cancellationToken);
        return pendingCall.Wait();
    }

    public void Notify(string method, CallArguments arguments)
    {
        FrameBuffer frame = FrameBuffer.Rent(settings.MaxFrame);
        try
        {
            EnvelopeWriter.BeginNotification(frame, method);
            SentArguments.Write(frame, arguments, method, NoStreams.Instance);
            output.Add(frame.Frame.Span);
        }
        finally
        {
            frame.Return();
        }
    }

    /// <summary>Sends a ping; that something comes back is all that matters.</summary>
    public void Ping() => SendPing();

    /// <summary>
    /// Sends a ping and waits until it is answered. Answers come in the order of arrival, so everything that the peer had sent before it saw the ping has arrived then.
    /// </summary>
    public async Task PingAsync()
    {
        try
        {
            await SendPing().ConfigureAwait(false);
        }
        catch (RpcException)
        {
            // An error is an answer, and a connection that is gone brings nothing more.
        }
    }

    private ValueTask<object?> SendPing()
    {
        PendingCall<object?> ping = PendingCall<object?>.Rent(this, ReservedMethods.PingName, blocks: false, deadline: long.MaxValue);
        if (!pending.TryAddUnlessEnded(ping))
        {
            return default;
        }

        short version = ping.Version;
        Send(ping, default, deadlines.Now, CancellationToken.None, isNew: false);
        return new ValueTask<object?>(ping, version);
    }

    /// <summary>Says that this side stops, with the next flush; nothing but answers and the like follows.</summary>
    public void AddGoAway(string reason, string message)
    {
        FrameBuffer frame = FrameBuffer.Rent(settings.MaxFrame);
        EnvelopeWriter.WriteGoAway(frame, reason, message);
        output.AddUnhurried(frame.Frame.Span);
        frame.Return();
    }

    private async ValueTask<T> InvokeInTurnAsync<T>(PendingCall<T> call, object?[] positional, object? named, CancellationToken cancellationToken)
    {
        await WaitForTurn(call, cancellationToken).ConfigureAwait(false);
        pending.Claim(call);
        short version = call.Version;
        Send(call, named is null ? new CallArguments(positional) : new CallArguments(named), deadlines.Now, cancellationToken);
        return await new ValueTask<T>(call, version).ConfigureAwait(false);
    }

    private Task WaitForTurn(PendingCall call, CancellationToken cancellationToken)
    {
        Task turn = pending.WaitForTurn(call, cancellationToken);
        deadlines.Watch(call.Deadline);
        return turn;
    }

    private TimeSpan ItemTimeoutOf(CallSettings call)
    {
        TimeSpan? timeout = call.ItemTimeout ?? call.Timeout;
        return timeout is null || timeout == TimeSpan.Zero ? settings.CallTimeout : timeout.Value;
    }

    private long DeadlineOf(string method, CallSettings call, long now)
    {
        TimeSpan timeout = call.Timeout ?? settings.CallTimeout;
        if (timeout > TimeSpan.Zero || timeout == Timeout.InfiniteTimeSpan)
        {
            return deadlines.After(timeout, now);
        }

        string message = MethodFailure.DeadlineMessage(method, mayHaveRun: false);
        throw new RpcCallException(RpcErrorCode.DeadlineExceeded, message, new TimeoutException(message));
    }

    // Not new: it passes also after the peer has said that it goes away.
    private void Send<T>(PendingCall<T> call, CallArguments arguments, long now, CancellationToken cancellationToken, bool isNew = true)
    {
        FrameBuffer frame = FrameBuffer.Rent(settings.MaxFrame);
        ClientCall? measured = call.Measured = isNew ? log.Measure(call.Method) : null;
        try
        {
            EnvelopeWriter.BeginRequest(frame, call.Id, call.Method, deadlines.MillisecondsUntil(call.Deadline, now), measured?.TraceParent, measured?.TraceState);
            SentArguments.Write(frame, arguments, call.Method, call);
            measured?.Requested(frame.BodyLength);
        }
        catch
        {
            frame.Return();
            if (!pending.TryRemove(call))
            {
                // Its time was up or the connection ended meanwhile: that is the outcome, and it comes through the call.
                return;
            }

            call.Recycle();
            throw;
        }

        deadlines.Watch(call.Deadline);
        bool added = true;
        if (isNew)
        {
            added = output.TryAddRequest(frame.Frame.Span, ref call.Place);
        }
        else
        {
            call.Place = RequestPlace.Queue;
            output.Add(frame.Frame.Span);
        }

        frame.Return();
        if (!added && pending.TryRemove(call))
        {
            throw call.Withdraw("the connection is closing");
        }

        // Last, so that no cancellation overtakes its request. An answer that came before changes nothing: nobody has taken it yet.
        call.Register(cancellationToken);
    }
}
