using System.Diagnostics;
using System.Text;
using TrustRpc.Diagnostics;
using TrustRpc.Messages;
using TrustRpc.Services;

namespace TrustRpc.Connections;

/// <summary>What is measured of a call that this side runs, from its arrival to its answer. There is one only where somebody listens.</summary>
internal sealed class ServerCall
{
    private readonly RpcPeer _peer;
    private readonly TimeProvider _time;
    private readonly CallStatistics? _statistics;
    private readonly string _method;
    private readonly long _arrived;
    private readonly Activity? _activity;
    private int _code;

    public ServerCall(RpcPeer peer, TimeProvider time, CallStatistics? statistics, string method, in Envelope envelope)
    {
        _peer = peer;
        _time = time;
        _statistics = statistics;
        _method = method;
        _arrived = time.GetTimestamp();
        _activity = RpcTelemetry.Source.HasListeners() ? StartActivity(in envelope) : null;
        if (RpcTelemetry.ServerRequestSize.Enabled)
        {
            RpcTelemetry.ServerRequestSize.Record(envelope.Payload.Length, CallTags.Of(method, peer.Endpoint));
        }
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

    /// <summary>The call will be answered with that error; the first one counts.</summary>
    public void Failed(RpcErrorCode code) => Interlocked.CompareExchange(ref _code, (int)code, 0);

    /// <summary>The answer is on its way; to be called once.</summary>
    public void Ended()
    {
        var code = (RpcErrorCode)Volatile.Read(ref _code);
        TimeSpan took = _time.GetElapsedTime(_arrived);
        _statistics?.Add(_method, took, code != RpcErrorCode.None);
        if (RpcTelemetry.ServerDuration.Enabled)
        {
            TagList tags = CallTags.Of(_method, _peer.Endpoint);
            CallTags.AddOutcome(ref tags, code, CallTags.ErrorType(code));
            RpcTelemetry.ServerDuration.Record(took.TotalSeconds, tags);
        }

        if (_activity is not null)
        {
            End(_activity, code, CallTags.ErrorType(code), isError: IsOfThisSide(code));
        }
    }

    /// <summary>Ends a trace's part without touching what runs on this thread.</summary>
    public static void End(Activity activity, RpcErrorCode code, string? errorType, bool isError)
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
        activity.Stop();
        Activity.Current = before == activity ? null : before;
    }

    private Activity? StartActivity(in Envelope envelope)
    {
        Activity? before = Activity.Current;
        Activity.Current = null; // What this thread does otherwise is not what the call belongs to.
        string? parent = envelope.TraceParent.IsEmpty ? null : Encoding.UTF8.GetString(envelope.TraceParent);
        string? state = envelope.TraceState.IsEmpty ? null : Encoding.UTF8.GetString(envelope.TraceState);
        ActivityContext.TryParse(parent, state, isRemote: true, out ActivityContext context);
        Activity? activity = RpcTelemetry.Source.StartActivity(_method, ActivityKind.Server, context, CallTags.Of(_method, _peer.Endpoint));
        Activity.Current = before;
        return activity;
    }

    // A caller's mistake is an error of its own span, not of the one that found it.
    private static bool IsOfThisSide(RpcErrorCode code)
        => code is RpcErrorCode.InternalError or RpcErrorCode.ResultNotSendable or RpcErrorCode.ApplicationError or RpcErrorCode.DeadlineExceeded or RpcErrorCode.Unavailable
            or RpcErrorCode.ResourceExhausted;
}
