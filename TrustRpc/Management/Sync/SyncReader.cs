using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace TrustRpc.Management;

/// <summary>Messages in sync that clients sent, and what the server says to them itself. Whatever is wrong with a message is an answer: the stream lives on.</summary>
internal static class SyncReader
{
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What is wrong with it; null = nothing.</summary>
    public static string? TryRead(JsonElement json, out SyncMessage message)
    {
        message = new SyncMessage { Type = "" };
        if (json.ValueKind != JsonValueKind.Object)
        {
            return "A message is an object {type, client_uuid, payload, timestamp}.";
        }

        if (!json.TryGetProperty("type"u8, out JsonElement type) || type.ValueKind != JsonValueKind.String)
        {
            return "A message has a member type, which is a text.";
        }

        string? uuid = null;
        if (json.TryGetProperty("client_uuid"u8, out JsonElement given) && given.ValueKind != JsonValueKind.Null)
        {
            if (given.ValueKind != JsonValueKind.String)
            {
                return "The member client_uuid of a message is a text or null.";
            }

            uuid = given.GetString();
        }

        bool hasPayload = json.TryGetProperty("payload"u8, out JsonElement payload) && payload.ValueKind != JsonValueKind.Null;
        message = new SyncMessage { Type = type.GetString()!, ClientUuid = uuid, Payload = hasPayload ? payload : null };
        return null;
    }

    /// <summary>The payload of what the server itself answers.</summary>
    public static JsonElement Answer(string problem, long? sequence)
    {
        ArrayBufferWriter<byte> buffer = new(64);
        using (Utf8JsonWriter json = new(buffer, Json))
        {
            json.WriteStartObject();
            json.WriteBoolean("success"u8, problem.Length == 0);
            json.WriteString("message"u8, problem);
            if (sequence is { } number)
            {
                json.WriteNumber("sequence"u8, number);
            }

            json.WriteEndObject();
        }

        return JsonElement.Parse(buffer.WrittenSpan);
    }
}
