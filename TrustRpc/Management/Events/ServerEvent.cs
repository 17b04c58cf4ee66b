using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrustRpc.Management;

/// <summary>Something that happened on a server. Immutable.</summary>
[JsonConverter(typeof(ServerEventConverter))]
public sealed class ServerEvent
{
    private readonly EventBytes? _bytes;

    // A JsonElement, boxed: whoever reads it while another thread sets it gets all of it or nothing.
    private object? _payload;

    internal ServerEvent(string eventType, JsonElement? payload, long timestamp, long sequence)
        => (EventType, _payload, Timestamp, Sequence) = (eventType, payload, timestamp, sequence);

    internal ServerEvent(string eventType, EventBytes bytes, long timestamp, long sequence)
        => (EventType, _bytes, Timestamp, Sequence) = (eventType, bytes, timestamp, sequence);

    /// <summary>The kind of event: one of <see cref="ServerEventType"/>, or the application's own.</summary>
    public string EventType { get; }

    /// <summary>What it is about, any JSON value; null where there is nothing to say.</summary>
    public JsonElement? Payload => (JsonElement?)(_bytes is { Payload.Length: > 0 } bytes ? _payload ??= JsonElement.Parse(bytes.Payload.Span) : _payload);

    /// <summary>When it happened, by the server's clock: Unix milliseconds.</summary>
    public long Timestamp { get; }

    /// <summary>
    /// Its number: greater than that of every event before, also of earlier lives of the server as long as its clock is not set back. One event after another has the next number. For a
    /// <see cref="ServerEventType.Gap"/> the last number that is missing, so that whoever resumes after it goes on behind the gap.
    /// </summary>
    public long Sequence { get; }

    internal int Size => _bytes?.Length ?? 0;

    /// <summary>As it travels. Made once for all subscribers.</summary>
    internal void WriteTo(Utf8JsonWriter json)
    {
        if (_bytes is { } bytes)
        {
            json.WriteRawValue(bytes.Whole(Sequence), skipInputValidation: true);
            return;
        }

        json.WriteStartObject();
        json.WriteString("event_type"u8, EventType);
        json.WritePropertyName("payload"u8);
        if (_payload is JsonElement payload)
        {
            payload.WriteTo(json);
        }
        else
        {
            json.WriteNullValue();
        }

        json.WriteNumber("timestamp"u8, Timestamp);
        json.WriteNumber("sequence"u8, Sequence);
        json.WriteEndObject();
    }
}
