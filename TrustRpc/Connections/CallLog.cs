using System.Diagnostics.Tracing;
using TrustRpc.Diagnostics;
using TrustRpc.Messages;

namespace TrustRpc.Connections;

/// <summary>The log lines and the measurements of one connection's calls, and who else is told of them; nothing is spent where nobody listens.</summary>
internal sealed class CallLog(RpcPeer peer, TimeProvider time, CallStatistics? statistics = null, ICallWatch? watch = null)
{
    /// <summary>In the place of the time at which a call began, where nobody wants to know: no clock shows it.</summary>
    public const long Unheard = long.MinValue;

    private readonly CallListeners _listeners = new(peer, watch);

    private static RpcEventSource Log => RpcEventSource.Log;

    /// <summary>When the call began, where somebody wants to know; else <see cref="Unheard"/>.</summary>
    public long Started(string method)
    {
        bool isHeard = watch is { IsWatching: true };
        if (!Log.IsEnabled())
        {
            return isHeard ? time.GetTimestamp() : Unheard;
        }

        if (Log.IsEnabled(EventLevel.Informational, RpcEventSource.Keywords.Audit))
        {
            Log.AuditCalled(peer.Session, peer.Name, peer.Id, peer.Address, method);
        }

        if (Log.IsEnabled(EventLevel.Verbose, RpcEventSource.Keywords.Calls))
        {
            Log.CallStarted(peer.Session, method, peer.Id);
            isHeard = true;
        }

        return isHeard ? time.GetTimestamp() : Unheard;
    }

    /// <summary>Begins to measure a call that has arrived; null where nobody listens.</summary>
    public ServerCall? Measure(string method, in Envelope envelope)
        => RpcTelemetry.HearsServer || statistics is not null ? new ServerCall(_listeners, time, statistics, method, in envelope) : null;

    /// <summary>Begins to measure a call that is about to be sent; null where nobody listens.</summary>
    public ClientCall? Measure(string method) => RpcTelemetry.HearsClient ? new ClientCall(_listeners, time, method) : null;

    /// <summary>A result of so many bytes is about to leave.</summary>
    public void Answered(string method, int bytes) => _listeners.Record(RpcTelemetry.ServerResponseSize, bytes, method);

    public void Ended(string method, long started, RpcErrorCode code)
    {
        if (started == Unheard)
        {
            return;
        }

        TimeSpan duration = time.GetElapsedTime(started);
        if (Log.IsEnabled(EventLevel.Verbose, RpcEventSource.Keywords.Calls))
        {
            Log.CallEnded(peer.Session, method, peer.Id, Math.Round(duration.TotalMilliseconds, 3));
        }

        if (watch is { IsWatching: true })
        {
            watch.Completed(peer, method, duration, code);
        }
    }

    /// <param name="method">Whose it is.</param>
    /// <param name="failure">What its caller is told.</param>
    /// <param name="exception">What is behind it.</param>
    /// <param name="end">Who ended the call before its method did. That a caller cancels, or leaves, is everyday and no failure of the method's; that time is up may well be one.</param>
    public void Failed(string method, MethodFailure failure, Exception exception, CallEnd end = CallEnd.None)
    {
        if (failure.ErrorId is { } reported)
        {
            watch?.FailedUnexpectedly(peer, method, reported, exception);
        }

        if (!Log.IsEnabled())
        {
            return;
        }

        if (failure.ErrorId is { } id)
        {
            Log.CallFailedUnexpectedly(peer.Session, method, peer.Id, id, ExceptionText.Whole(exception));
        }
        else if (failure.Code == RpcErrorCode.Cancelled && end is CallEnd.Caller or CallEnd.PeerLeft or CallEnd.ConnectionLost)
        {
            if (Log.IsEnabled(EventLevel.Verbose, RpcEventSource.Keywords.Calls))
            {
                Log.CallGivenUp(peer.Session, method, peer.Id, failure.Message);
            }
        }
        else
        {
            Log.CallFailed(peer.Session, method, peer.Id, (int)failure.Code, failure.Code == RpcErrorCode.ResultNotSendable ? WithCause(failure.Message, exception) : failure.Message);
        }
    }

    // The caller is not told what a converter or a property of the program's own has thrown.
    private static string WithCause(string message, Exception exception)
    {
        Exception cause = exception is RpcException { InnerException: { } inner } ? inner : exception;
        string text = ExceptionText.Of(cause);
        return message.Contains(text, StringComparison.Ordinal) ? message : $"{message} {cause.GetType().Name}: {text}";
    }

    /// <summary>A call or notification that is not run.</summary>
    /// <param name="method">The name that is registered; null where none is.</param>
    /// <param name="code">Why.</param>
    /// <param name="message">The same in words.</param>
    public void Refused(string? method, RpcErrorCode code, string message)
    {
        _listeners.Record(RpcTelemetry.ServerDuration, 0, method ?? RpcTelemetry.UnknownMethod, code, CallTags.ErrorType(code));
        if (Log.IsEnabled())
        {
            Log.CallFailed(peer.Session, method ?? "(unknown method)", peer.Id, (int)code, message);
        }
    }
}
