using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrustRpc.Management;

/// <summary>Writes an event as the bytes that it already is, and reads one member by member; members that it does not know are skipped.</summary>
internal sealed class ServerEventConverter : JsonConverter<ServerEvent>
{
    public override ServerEvent Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("An event is an object.");
        }

        string? eventType = null;
        JsonElement? payload = null;
        long timestamp = 0;
        long sequence = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("event_type"u8))
            {
                reader.Read();
                eventType = reader.GetString();
            }
            else if (reader.ValueTextEquals("payload"u8))
            {
                reader.Read();
                payload = reader.TokenType == JsonTokenType.Null ? null : JsonElement.ParseValue(ref reader);
            }
            else if (reader.ValueTextEquals("timestamp"u8))
            {
                reader.Read();
                timestamp = reader.GetInt64();
            }
            else if (reader.ValueTextEquals("sequence"u8))
            {
                reader.Read();
                sequence = reader.GetInt64();
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return new ServerEvent(eventType ?? throw new JsonException("An event has a member event_type."), payload, timestamp, sequence);
    }

    public override void Write(Utf8JsonWriter writer, ServerEvent value, JsonSerializerOptions options) => value.WriteTo(writer);
}
