using System.Diagnostics;
using TrustRpc.Diagnostics;

namespace TrustRpc.Connections;

/// <summary>What is measured of a call that this side makes, from its sending to its outcome. There is one only where somebody listens.</summary>
internal sealed class ClientCall
{
    // What the W3C's text asks every party to pass on at least.
    private const int LongestState = 512;

    private readonly CallListeners _listeners;
    private readonly TimeProvider _time;
    private readonly string _method;
    private readonly long _sent;
    private readonly Activity? _activity;
    private int _ended;

    public ClientCall(CallListeners listeners, TimeProvider time, string method)
    {
        _listeners = listeners;
        _time = time;
        _method = method;
        _sent = time.GetTimestamp();
        Activity? caller = Activity.Current;
        _activity = listeners.Start(method, ActivityKind.Client, parent: default);
        Activity? travels = _activity ?? (RpcTelemetry.Source.HasListeners() ? caller : null);
        if (travels is { IdFormat: ActivityIdFormat.W3C, Id: { } id })
        {
            TraceParent = id;
            TraceState = travels.TraceStateString is { Length: > 0 and <= LongestState } state ? state : null;
        }
    }

    /// <summary>W3C trace context that goes with the request; null = none.</summary>
    public string? TraceParent { get; }

    public string? TraceState { get; }

    /// <summary>The request has so many bytes.</summary>
    public void Requested(int bytes) => _listeners.Record(RpcTelemetry.ClientRequestSize, bytes, _method);

    /// <summary>The outcome is there; the first one counts.</summary>
    /// <param name="error">Null = the call succeeded.</param>
    /// <param name="bytes">The length of its result.</param>
    public void Ended(Exception? error, int bytes)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
        {
            return;
        }

        RpcErrorCode code = error is RpcCallException { Code: var known } ? known : RpcErrorCode.None;
        string? type = CallTags.ErrorType(code) ?? error?.GetType().FullName;
        _listeners.Record(RpcTelemetry.ClientDuration, _time.GetElapsedTime(_sent).TotalSeconds, _method, code, type);
        if (error is null)
        {
            _listeners.Record(RpcTelemetry.ClientResponseSize, bytes, _method);
        }

        if (_activity is not null)
        {
            _listeners.Stop(_activity, code, type, isError: error is not null);
        }
    }
}
