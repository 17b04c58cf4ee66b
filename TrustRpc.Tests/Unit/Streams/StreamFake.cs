using System.Text.Json;
using TrustRpc.Framing;
using TrustRpc.Streams;

namespace TrustRpc.Tests.Unit.Streams;

/// <summary>A connection that is none: what streams send is heard by the test, and what they want run is run by the test or by the pool.</summary>
internal sealed class StreamFake : IStreamHost
{
    private readonly Queue<JsonElement> _sent = [];

    public int MaxFrame { get; init; } = 1 << 20;

    public StreamLimits Limits { get; init; } = new(1024, 8, 64 * 1024);

    /// <summary>Called with each frame as it is sent.</summary>
    public Action<JsonElement>? Sending { get; set; }

    /// <summary>How work is run; null = on the pool.</summary>
    public Action<IThreadPoolWorkItem>? Runs { get; set; }

    public void Add(FrameBuffer frame, ReadOnlySpan<byte> items = default, ReadOnlySpan<byte> end = default)
    {
        frame.Finish(items.Length + end.Length);
        byte[] body = [.. frame.Frame.Span[FrameHeader.Size..], .. items, .. end];
        frame.Return();
        lock (_sent)
        {
            _sent.Enqueue(JsonElement.Parse(body));
        }
    }

    public void Flush()
    {
        while (true)
        {
            JsonElement message;
            lock (_sent)
            {
                if (!_sent.TryDequeue(out message)) return;
            }

            Sending?.Invoke(message);
        }
    }

    public void RunSoon(IThreadPoolWorkItem work)
    {
        if (Runs is null) ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
        else Runs(work);
    }

    public void RunApart(IThreadPoolWorkItem work) => RunSoon(work);

    public StreamFailure Describe(Exception exception, string method) => new(RpcErrorCode.ApplicationError, exception.Message);

    public void Ask(SequenceConsumer consumer, bool withWork = false) => throw new NotSupportedException();

    public void Abort(long token) => throw new NotSupportedException();

    public void GiveUp(IStreamRequest request) => throw new NotSupportedException();

    public void BeforeBlocking()
    {
    }

    public long DeadlineAfter(TimeSpan delay) => long.MaxValue;

    public void Watch(long deadline)
    {
    }
}
