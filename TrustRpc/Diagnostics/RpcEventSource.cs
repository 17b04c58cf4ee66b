using System.Diagnostics.Tracing;

namespace TrustRpc.Diagnostics;

/// <summary>
/// The log: one event at each stage that an operator asks about. Listen with an <see cref="EventListener"/>, <c>dotnet-trace</c> or <c>dotnet-counters</c> under the
/// name <c>TrustRpc</c>. No event ever holds a secret, an argument or a result.
/// </summary>
[EventSource(Name = SourceName)]
internal sealed class RpcEventSource : EventSource
{
    public const string SourceName = "TrustRpc";

    public static readonly RpcEventSource Log = new();

    private RpcEventSource()
    {
    }

    [Event(1, Level = EventLevel.Informational, Message = "Listening on {0} as '{1}', secret {2}.")]
    public void Listening(string endpoint, string server, string fingerprint) => WriteEvent(1, endpoint, server, fingerprint);

    [Event(2, Level = EventLevel.Informational, Message = "Connected: '{1}' ({2}) from {3} through {4}, {5}, session {0}.")]
    public void Connected(string session, string peerName, string peerId, string address, string endpoint, string mode)
        => WriteEvent(2, session, peerName, peerId, address, endpoint, mode);

    [Event(3, Level = EventLevel.Warning, Message = "Refused a connection from {0} on {1}: {2}")]
    public void HandshakeRefused(string address, string endpoint, string reason) => WriteEvent(3, address, endpoint, reason);

    [NonEvent]
    public static void HandshakeRefused(string address, RpcEndpoint endpoint, string reason) => Log.HandshakeRefused(address, endpoint.ToString(), reason);

    [Event(4, Level = EventLevel.Warning, Message = "'{1}' failed for '{2}' with {3}: {4} (session {0})")]
    public void CallFailed(string session, string method, string peerId, int code, string reason) => WriteEvent(4, session, method, peerId, code, reason);

    [Event(5, Level = EventLevel.Error, Message = "'{1}' failed unexpectedly for '{2}', error id {3} (session {0}): {4}")]
    public void CallFailedUnexpectedly(string session, string method, string peerId, string errorId, string exception)
        => WriteEvent(5, session, method, peerId, errorId, exception);

    [Event(6, Level = EventLevel.Informational, Message = "Closed: '{1}' ({2}), {3}, session {0}.")]
    public void Closed(string session, string peerName, string peerId, string reason) => WriteEvent(6, session, peerName, peerId, reason);

    [Event(7, Level = EventLevel.Warning, Message = "{0}")]
    public void Advice(string text) => WriteEvent(7, text);

    [Event(8, Level = EventLevel.Verbose, Keywords = Keywords.Calls, Message = "'{2}' calls '{1}' (session {0}).")]
    public void CallStarted(string session, string method, string peerId) => WriteEvent(8, session, method, peerId);

    [Event(9, Level = EventLevel.Verbose, Keywords = Keywords.Calls, Message = "'{1}' has ended for '{2}' after {3} ms (session {0}).")]
    public void CallEnded(string session, string method, string peerId, double milliseconds) => WriteEvent(9, session, method, peerId, milliseconds);

    [Event(10, Level = EventLevel.Informational, Keywords = Keywords.Audit, Message = "Audit: '{1}' ({2}) connected from {3}, session {0}.")]
    public void AuditConnected(string session, string peerName, string peerId, string address) => WriteEvent(10, session, peerName, peerId, address);

    [Event(11, Level = EventLevel.Informational, Keywords = Keywords.Audit, Message = "Audit: '{1}' ({2}) at {3} called '{4}', session {0}.")]
    public void AuditCalled(string session, string peerName, string peerId, string address, string method)
        => WriteEvent(11, session, peerName, peerId, address, method);

    [Event(12, Level = EventLevel.Error, Message = "Accepting on {0} failed and goes on: {1}")]
    public void AcceptFailed(string endpoint, string reason) => WriteEvent(12, endpoint, reason);

    [NonEvent]
    public static void AcceptFailed(RpcEndpoint endpoint, Exception e) => Log.AcceptFailed(endpoint.ToString(), e.Message);

    [Event(13, Level = EventLevel.Error, Message = "{0} {1}")]
    public void HandlerFailed(string what, string exception) => WriteEvent(13, what, exception);

    [Event(14, Level = EventLevel.Verbose, Keywords = Keywords.Calls, Message = "'{1}' was given up for '{2}': {3} (session {0})")]
    public void CallGivenUp(string session, string method, string peerId, string reason) => WriteEvent(14, session, method, peerId, reason);

    [Event(20, Level = EventLevel.Warning, Message = "Reconnecting to {0}: {1}")]
    public void Reconnecting(string endpoints, string reason) => WriteEvent(20, endpoints, reason);

    [Event(21, Level = EventLevel.Warning, Message = "Connecting to {0} failed; the next try is in {2} ms: {1}")]
    public void ConnectFailed(string endpoints, string reason, long milliseconds) => WriteEvent(21, endpoints, reason, milliseconds);

    [Event(22, Level = EventLevel.Informational, Message = "Connected to '{1}' at {0}, session {2}.")]
    public void Reconnected(string endpoint, string server, string session) => WriteEvent(22, endpoint, server, session);

    [Event(23, Level = EventLevel.Error, Message = "Gave up connecting to {0}: {1}")]
    public void GaveUp(string endpoints, string reason) => WriteEvent(23, endpoints, reason);

    public static class Keywords
    {
        /// <summary>Every call.</summary>
        public const EventKeywords Calls = (EventKeywords)1;

        /// <summary>Who connected from where, and who called what.</summary>
        public const EventKeywords Audit = (EventKeywords)2;
    }
}
