using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using TrustRpc.Diagnostics;

namespace TrustRpc.Connections;

/// <summary>The progress reports of one call, handed to its caller one at a time, in order and before the call's outcome.</summary>
internal sealed class ReportQueue(string method) : IThreadPoolWorkItem
{
    /// <summary>Reports that may wait for a slow handler; beyond, the oldest is dropped: progress is about where things are now.</summary>
    private const int MaxWaiting = 1024;

    /// <summary>The same in bytes; one that is larger alone waits all the same.</summary>
    private const int MaxBytes = 1024 * 1024;

    private readonly Queue<(ReportReceiver Receiver, byte[] Json)> _waiting = new();
    private PendingCall? _outcome;
    private int _bytes;
    private bool _running;
    private bool _closed;

    /// <summary>True where the queue is to be run.</summary>
    public bool Add(ReportReceiver receiver, ReadOnlySpan<byte> json)
    {
        lock (_waiting)
        {
            if (_closed)
            {
                return false;
            }

            while (_waiting.Count == MaxWaiting || (_waiting.Count > 0 && _bytes + json.Length > MaxBytes))
            {
                _bytes -= _waiting.Dequeue().Json.Length;
            }

            _waiting.Enqueue((receiver, json.ToArray()));
            _bytes += json.Length;
            return !_running && (_running = true);
        }
    }

    /// <summary>Takes no more reports, and hands over the call's outcome when those before it have been; false where none is left.</summary>
    public bool TryDefer(PendingCall outcome)
    {
        lock (_waiting)
        {
            _closed = true;
            _outcome = _running ? outcome : null;
            return _running;
        }
    }

    public void Execute()
    {
        while (true)
        {
            (ReportReceiver Receiver, byte[] Json) next;
            PendingCall? outcome;
            lock (_waiting)
            {
                _running = _waiting.TryDequeue(out next);
                _bytes -= _running ? next.Json.Length : 0;
                outcome = _outcome;
            }

            if (next.Receiver is null)
            {
                outcome?.Execute();
                return;
            }

            Report(next.Receiver, next.Json);
        }
    }

    private void Report(ReportReceiver receiver, byte[] json)
    {
        try
        {
            receiver.Report(json);
        }
        catch (Exception e)
        {
            // The handler is no part of the call, which goes on.
            RpcEventSource.Log.Advice($"A progress report of '{method}' was lost: {(e is JsonException ? "it is of another type" : $"the handler threw {e.GetType().Name}")}.");
        }
    }
}

/// <summary>Where the reports under one token go.</summary>
internal abstract class ReportReceiver(ReportQueue queue)
{
    public ReportQueue Queue => queue;

    public abstract void Report(ReadOnlySpan<byte> json);
}

internal sealed class ReportReceiver<T>(ReportQueue queue, IProgress<T> progress, JsonTypeInfo<T> reportType) : ReportReceiver(queue)
{
    public override void Report(ReadOnlySpan<byte> json) => progress.Report(JsonSerializer.Deserialize(json, reportType)!);
}
