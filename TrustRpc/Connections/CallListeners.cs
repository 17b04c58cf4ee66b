using System.Diagnostics;
using System.Diagnostics.Metrics;
using TrustRpc.Diagnostics;
using TrustRpc.Messages;

namespace TrustRpc.Connections;

/// <summary>
/// Whoever listens to the meters and traces of one connection's calls: code of the user's in the middle of sending, sorting and answering. What it throws is reported
/// once for the connection and has no other effect.
/// </summary>
internal sealed class CallListeners(RpcPeer peer, ICallWatch? watch)
{
    private int _hasFailed;

    /// <summary>Records a figure of a call where somebody listens.</summary>
    public void Record<T>(Histogram<T> instrument, T value, string method, RpcErrorCode code = RpcErrorCode.None, string? errorType = null)
        where T : struct
    {
        if (!instrument.Enabled)
        {
            return;
        }

        TagList tags = CallTags.Of(method, peer.Endpoint);
        CallTags.AddOutcome(ref tags, code, errorType);
        try
        {
            instrument.Record(value, tags);
        }
        catch (Exception e)
        {
            Failed(e);
        }
    }

    /// <summary>Begins a call's part of a trace and leaves what runs on this thread as it is; null where nobody wants it.</summary>
    public Activity? Start(string method, ActivityKind kind, ActivityContext parent)
    {
        Activity? before = Activity.Current;
        try
        {
            return RpcTelemetry.Source.StartActivity(method, kind, parent, CallTags.Of(method, peer.Endpoint));
        }
        catch (Exception e)
        {
            Failed(e);
            return null;
        }
        finally
        {
            Activity.Current = before;
        }
    }

    /// <summary>Ends a call's part of a trace and leaves what runs on this thread as it is.</summary>
    public void Stop(Activity activity, RpcErrorCode code, string? errorType, bool isError)
    {
        TagList outcome = [];
        CallTags.AddOutcome(ref outcome, code, errorType);
        foreach (KeyValuePair<string, object?> tag in outcome)
        {
            activity.SetTag(tag.Key, tag.Value);
        }

        if (isError)
        {
            activity.SetStatus(ActivityStatusCode.Error);
        }

        Activity? before = Activity.Current;
        try
        {
            activity.Stop();
        }
        catch (Exception e)
        {
            Failed(e);
        }
        finally
        {
            Activity.Current = before == activity ? null : before;
        }
    }

    private void Failed(Exception exception)
    {
        if (Interlocked.Exchange(ref _hasFailed, 1) != 0)
        {
            return;
        }

        const string Message = "Somebody who listens to the meters or traces of calls failed; what else that throws on this connection is not reported.";
        if (watch is null)
        {
            RpcEventSource.Log.HandlerFailed(Message, ExceptionText.Whole(exception));
        }
        else
        {
            watch.HandlerFailed(Message, exception);
        }
    }
}
