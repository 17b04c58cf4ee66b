using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace TrustRpc.Diagnostics;

/// <summary>
/// Traces and metrics under the name <c>TrustRpc</c>, after OpenTelemetry's semantic conventions for RPC (1.39): any listener sees them, and without one a call costs
/// the look whether there is any.
/// </summary>
internal static class RpcTelemetry
{
    public const string Name = "TrustRpc";

    /// <summary>What the conventions ask to be said in the place of a method's name that is not known here: whoever sends names must not make series.</summary>
    public const string UnknownMethod = "_OTHER";

    private static readonly string? Version = typeof(RpcTelemetry).Assembly.GetName().Version?.ToString(3);
    private static readonly Meter Meter = new(Name, Version);

    // The buckets that the conventions advise, in seconds.
    private static readonly InstrumentAdvice<double> Seconds = new() { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] };

    private static readonly ConcurrentDictionary<IMeasuredConnection, bool> Open = [];

    public static readonly ActivitySource Source = new(Name, Version);

    public static readonly Histogram<double> ServerDuration = Meter.CreateHistogram("rpc.server.call.duration", "s", "Measures the duration of inbound calls.", advice: Seconds);
    public static readonly Histogram<double> ClientDuration = Meter.CreateHistogram("rpc.client.call.duration", "s", "Measures the duration of outbound calls.", advice: Seconds);
    public static readonly Histogram<int> ServerRequestSize = Meter.CreateHistogram<int>("rpc.server.request.size", "By", "Measures the arguments of inbound calls, as JSON.");
    public static readonly Histogram<int> ServerResponseSize = Meter.CreateHistogram<int>("rpc.server.response.size", "By", "Measures the answers to inbound calls, whole messages.");
    public static readonly Histogram<int> ClientRequestSize = Meter.CreateHistogram<int>("rpc.client.request.size", "By", "Measures outbound calls, whole messages.");
    public static readonly Histogram<int> ClientResponseSize = Meter.CreateHistogram<int>("rpc.client.response.size", "By", "Measures the results of outbound calls, as JSON.");

    static RpcTelemetry()
    {
        Meter.CreateObservableUpDownCounter("trustrpc.connections", static () => (long)Open.Count, "{connection}", "Connections that are open.");
        Meter.CreateObservableUpDownCounter("trustrpc.calls.active", static () => Sum(static c => c.CallsRunning), "{call}", "Calls that run here.");
        Meter.CreateObservableUpDownCounter("trustrpc.calls.pending", static () => Sum(static c => c.CallsPending), "{call}", "Calls that wait for an answer.");
        Meter.CreateObservableUpDownCounter("trustrpc.streams", static () => Sum(static c => c.StreamsProduced), "{stream}", "Sequences that are produced here.");
        Meter.CreateObservableUpDownCounter("trustrpc.output.queued", static () => Sum(static c => c.BytesUnsent), "By", "Bytes that wait for peers to take them.");
    }

    /// <summary>Makes the instruments, which takes some milliseconds of a process's start: for a moment in which another thread connects.</summary>
    public static void Prepare() => RuntimeHelpers.RunClassConstructor(typeof(RpcTelemetry).TypeHandle);

    /// <summary>Whether anybody listens to calls that arrive.</summary>
    public static bool HearsServer => ServerDuration.Enabled || ServerRequestSize.Enabled || Source.HasListeners();

    /// <summary>Whether anybody listens to calls that leave.</summary>
    public static bool HearsClient => ClientDuration.Enabled || ClientRequestSize.Enabled || ClientResponseSize.Enabled || Source.HasListeners();

    public static void Opened(IMeasuredConnection connection) => Open.TryAdd(connection, true);

    public static void Closed(IMeasuredConnection connection) => Open.TryRemove(connection, out _);

    // A reading in between may miss what just began; none holds up a call.
    private static long Sum(Func<IMeasuredConnection, long> figure)
    {
        long sum = 0;
        foreach ((IMeasuredConnection connection, _) in Open)
        {
            sum += figure(connection);
        }

        return sum;
    }
}
