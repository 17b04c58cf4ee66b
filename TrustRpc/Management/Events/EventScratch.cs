using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace TrustRpc.Management;

/// <summary>What a thread writes its events with, one at a time: only their bytes are new for each.</summary>
internal sealed class EventScratch
{
    /// <summary>A larger buffer is not kept for the next event, which is mostly a small one.</summary>
    private const int MostKept = 16 * 1024;

    [ThreadStatic]
    private static EventScratch? _ofThread;

    private EventScratch()
    {
        Usual = WriterFor(EventBytes.MaxDepth);
        Wrapping = WriterFor(EventBytes.MaxDepth + 1);
    }

    public static EventScratch OfThread => _ofThread ??= new EventScratch();

    public ArrayBufferWriter<byte> Buffer { get; } = new(512);

    /// <summary>Takes the deepest payload.</summary>
    public Utf8JsonWriter Usual { get; }

    /// <summary>Takes the deepest payload with one object around it.</summary>
    public Utf8JsonWriter Wrapping { get; }

    /// <summary>Makes ready for the next event, whatever became of the last.</summary>
    public void Clear()
    {
        if (Buffer.Capacity > MostKept)
        {
            _ofThread = null;
            return;
        }

        Buffer.ResetWrittenCount();
        Usual.Reset();
        Wrapping.Reset();
    }

    private Utf8JsonWriter WriterFor(int payload) => new(Buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = payload + 1 });
}
