using System.Text;
using System.Text.Json;
using TrustRpc.Framing;
using TrustRpc.Streams;

namespace TrustRpc.Tests.Unit.Streams;

/// <summary>A connection that is none: what streams send is kept, and what they want run is run by the test or by the pool.</summary>
internal sealed class StreamFake : IStreamHost
{
    private readonly List<JsonElement> _sent = [];

    public int MaxFrame { get; init; } = 1 << 20;

    public StreamLimits Limits { get; init; } = new(1024, 8, 64 * 1024);

    /// <summary>Called with each frame as it is sent.</summary>
    public Action<JsonElement>? Sending { get; set; }

    /// <summary>How work is run; null = on the pool.</summary>
    public Action<IThreadPoolWorkItem>? Runs { get; set; }

    public JsonElement[] Sent
    {
        get
        {
            lock (_sent)
            {
                return [.. _sent];
            }
        }
    }

    public void Send(FrameBuffer frame)
    {
        JsonElement message = JsonElement.Parse(Encoding.UTF8.GetString(frame.Frame.Span[FrameHeader.Size..]));
        frame.Return();
        lock (_sent)
        {
            _sent.Add(message);
        }

        Sending?.Invoke(message);
    }

    public void RunSoon(IThreadPoolWorkItem work)
    {
        if (Runs is null) ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
        else Runs(work);
    }

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
