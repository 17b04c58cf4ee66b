using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace TrustRpc.Management;

/// <summary>An event as JSON but for its number, which it gets last. Thread-safe.</summary>
internal sealed class EventBytes
{
    /// <summary>The deepest nesting of a payload, so that it fits into a message with what stands around it.</summary>
    public const int MaxDepth = 48;

    /// <summary>The most bytes of a payload: half of the largest message that a subscriber takes, unless it is told otherwise.</summary>
    public const int MaxPayload = 512 * 1024;

    private const int LongestNumber = 20;

    private readonly byte[] _head;
    private readonly Range _payload;
    private byte[]? _whole;

    private EventBytes(byte[] head, Range payload) => (_head, _payload) = (head, payload);

    /// <summary>The JSON of the payload; empty where it is null.</summary>
    public ReadOnlyMemory<byte> Payload => _head.AsMemory(_payload);

    public int Length => _head.Length + LongestNumber;

    /// <param name="eventType">Its kind.</param>
    /// <param name="timestamp">When it happened.</param>
    /// <param name="payload">What it is about.</param>
    /// <param name="write">Writes the payload; null = there is none.</param>
    /// <param name="isWrapped">What the limit of levels is for has an object of the server's around it.</param>
    /// <exception cref="ArgumentException">The payload is nested too deeply, too large for a message, or no JSON.</exception>
    public static EventBytes Of<T>(string eventType, long timestamp, T payload, Action<Utf8JsonWriter, T>? write, bool isWrapped = false)
    {
        EventScratch scratch = EventScratch.OfThread;
        try
        {
            return Of(scratch.Buffer, isWrapped ? scratch.Wrapping : scratch.Usual, eventType, timestamp, payload, write);
        }
        finally
        {
            scratch.Clear();
        }
    }

    public ReadOnlySpan<byte> Whole(long sequence) => _whole ??= Append(sequence);

    private static EventBytes Of<T>(ArrayBufferWriter<byte> buffer, Utf8JsonWriter json, string eventType, long timestamp, T payload, Action<Utf8JsonWriter, T>? write)
    {
        json.WriteStartObject();
        json.WriteString("event_type"u8, eventType);
        json.WriteNumber("timestamp"u8, timestamp);
        json.WritePropertyName("payload"u8);
        json.Flush();
        int start = buffer.WrittenCount;
        Write(json, payload, write);

        json.Flush();
        int end = buffer.WrittenCount;
        if (end - start > MaxPayload)
        {
            throw new ArgumentException($"The payload has {end - start} bytes of JSON; {MaxPayload} are the most.", nameof(payload));
        }

        buffer.Write(",\"sequence\":"u8);
        byte[] head = buffer.WrittenSpan.ToArray();
        return new EventBytes(head, head.AsSpan(start, end - start).SequenceEqual("null"u8) ? 0..0 : start..end);
    }

    private static void Write<T>(Utf8JsonWriter json, T payload, Action<Utf8JsonWriter, T>? write)
    {
        if (write is null)
        {
            json.WriteNullValue();
            return;
        }

        try
        {
            write(json, payload);
        }
        catch (InvalidOperationException e) when (e is not ObjectDisposedException)
        {
            string why = Flaw(payload, write) is { } flaw ? $"cannot be written as JSON: {flaw}" : $"is nested more than {MaxDepth} levels deep.";
            throw new ArgumentException($"The payload {why}", nameof(payload), e);
        }
    }

    // What is wrong with it at any depth: the writer fails alike for a level and for a text on the deepest one.
    private static string? Flaw<T>(T payload, Action<Utf8JsonWriter, T> write)
    {
        using Utf8JsonWriter json = new(Stream.Null, new JsonWriterOptions { MaxDepth = int.MaxValue });
        try
        {
            write(json, payload);
            return null;
        }
        catch (InvalidOperationException e) when (e is not ObjectDisposedException)
        {
            return e.Message;
        }
    }

    private byte[] Append(long sequence)
    {
        Span<byte> number = stackalloc byte[LongestNumber];
        Utf8Formatter.TryFormat(sequence, number, out int digits);
        byte[] whole = new byte[_head.Length + digits + 1];
        _head.CopyTo(whole, 0);
        number[..digits].CopyTo(whole.AsSpan(_head.Length));
        whole[^1] = (byte)'}';
        return whole;
    }
}
