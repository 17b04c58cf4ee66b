using System.Diagnostics.Tracing;
using TrustRpc.Diagnostics;

namespace TrustRpc.Connections;

/// <summary>The log lines of one connection's calls; nothing is spent where nobody listens.</summary>
internal sealed class CallLog(RpcPeer peer, TimeProvider time)
{
    private static RpcEventSource Log => RpcEventSource.Log;

    /// <summary>When the call began, where somebody wants to know; else 0.</summary>
    public long Started(string method)
    {
        if (!Log.IsEnabled())
        {
            return 0;
        }

        if (Log.IsEnabled(EventLevel.Informational, RpcEventSource.Keywords.Audit))
        {
            Log.AuditCalled(peer.Session, peer.Name, peer.Id, peer.Address, method);
        }

        if (!Log.IsEnabled(EventLevel.Verbose, RpcEventSource.Keywords.Calls))
        {
            return 0;
        }

        Log.CallStarted(peer.Session, method, peer.Id);
        return time.GetTimestamp();
    }

    public void Ended(string method, long started)
    {
        if (started != 0)
        {
            Log.CallEnded(peer.Session, method, peer.Id, Math.Round(time.GetElapsedTime(started).TotalMilliseconds, 3));
        }
    }

    public void Failed(string method, MethodFailure failure, Exception exception)
    {
        if (!Log.IsEnabled())
        {
            return;
        }

        if (failure.ErrorId is { } id)
        {
            Log.CallFailedUnexpectedly(peer.Session, method, peer.Id, id, exception.ToString());
        }
        else
        {
            Log.CallFailed(peer.Session, method, peer.Id, (int)failure.Code, failure.Message);
        }
    }

    public void Refused(string method, RpcErrorCode code, string message)
    {
        if (Log.IsEnabled())
        {
            Log.CallFailed(peer.Session, method, peer.Id, (int)code, message);
        }
    }
}
