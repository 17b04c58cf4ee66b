using System.Diagnostics;
using System.Text;
using TrustRpc.Diagnostics;
using TrustRpc.Messages;
using TrustRpc.Services;

namespace TrustRpc.Connections;

/// <summary>What is measured of a call that this side runs, from its arrival to its answer. There is one only where somebody listens.</summary>
internal sealed class ServerCall
{
    private readonly CallListeners _listeners;
    private readonly TimeProvider _time;
    private readonly CallStatistics? _statistics;
    private readonly string _method;
    private readonly long _arrived;
    private readonly Activity? _activity;

    public ServerCall(CallListeners listeners, TimeProvider time, CallStatistics? statistics, string method, in Envelope envelope)
    {
        _listeners = listeners;
        _time = time;
        _statistics = statistics;
        _method = method;
        _arrived = time.GetTimestamp();
        _activity = RpcTelemetry.Source.HasListeners() ? StartActivity(in envelope) : null;
        listeners.Record(RpcTelemetry.ServerRequestSize, envelope.Payload.Length, method);
    }

    /// <summary>Runs the method, within the trace that its caller has begun.</summary>
    public void Run(MethodDescriptor method, ReadOnlySpan<byte> arguments, Invocation invocation)
    {
        Activity? before = Activity.Current;
        Activity.Current = _activity ?? before;
        try
        {
            method.Invoke(arguments, invocation);
        }
        finally
        {
            Activity.Current = before;
        }
    }

    /// <summary>The answer is on its way; to be called once.</summary>
    /// <param name="code">What the caller was answered with; none = the result.</param>
    public void Ended(RpcErrorCode code)
    {
        TimeSpan took = _time.GetElapsedTime(_arrived);
        _statistics?.Add(_method, took, code != RpcErrorCode.None);
        _listeners.Record(RpcTelemetry.ServerDuration, took.TotalSeconds, _method, code, CallTags.ErrorType(code));
        if (_activity is not null)
        {
            _listeners.Stop(_activity, code, CallTags.ErrorType(code), isError: IsOfThisSide(code));
        }
    }

    private Activity? StartActivity(in Envelope envelope)
    {
        Activity? before = Activity.Current;
        Activity.Current = null; // What this thread does otherwise is not what the call belongs to.
        string? parent = envelope.TraceParent.IsEmpty ? null : Encoding.UTF8.GetString(envelope.TraceParent);
        string? state = envelope.TraceState.IsEmpty ? null : Encoding.UTF8.GetString(envelope.TraceState);
        ActivityContext.TryParse(parent, state, isRemote: true, out ActivityContext context);
        Activity? activity = _listeners.Start(_method, ActivityKind.Server, context);
        Activity.Current = before;
        return activity;
    }

    // A caller's mistake is an error of its own span, not of the one that found it.
    private static bool IsOfThisSide(RpcErrorCode code)
        => code is RpcErrorCode.InternalError or RpcErrorCode.ResultNotSendable or RpcErrorCode.ApplicationError or RpcErrorCode.DeadlineExceeded or RpcErrorCode.Unavailable
            or RpcErrorCode.ResourceExhausted;
}
