using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace TrustRpc.Management;

/// <summary>A client as one line of JSON, as it stands in a file, or <c>{"uuid":…,"removed":true}</c> once it was removed. Written and read member by member: no reflection, and unknown members of a later version are skipped.</summary>
internal static class ClientLine
{
    /// <summary>More than any line can have: every character of every text escaped.</summary>
    public const int Longest = 16 * 1024;

    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Appends the line and its end.</summary>
    public static void Write(ArrayBufferWriter<byte> buffer, KnownClient client)
    {
        using (Utf8JsonWriter json = new(buffer, Json))
        {
            json.WriteStartObject();
            json.WriteString("uuid"u8, client.Uuid);
            json.WriteString("name"u8, client.Name);
            json.WriteString("ip_address"u8, client.IpAddress);
            json.WriteString("endpoint"u8, client.Endpoint);
            json.WriteString("transport"u8, client.Transport);
            json.WriteBoolean("online"u8, client.Online);
            json.WriteNumber("connected_at"u8, client.ConnectedAt.ToUnixTimeMilliseconds());
            json.WriteNumber("last_seen"u8, client.LastSeen.ToUnixTimeMilliseconds());
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
    }

    /// <summary>Appends a line that takes the client of an id away, and its end.</summary>
    public static void WriteRemoved(ArrayBufferWriter<byte> buffer, string uuid)
    {
        using (Utf8JsonWriter json = new(buffer, Json))
        {
            json.WriteStartObject();
            json.WriteString("uuid"u8, uuid);
            json.WriteBoolean("removed"u8, true);
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
    }

    /// <summary>What a line without its end says: a client that is there, or the id of one that is not any more; both null where it is neither.</summary>
    public static (KnownClient? Client, string? Removed) Read(ReadOnlySpan<byte> line)
    {
        try
        {
            Utf8JsonReader reader = new(line);
            return JsonElement.TryParseValue(ref reader, out JsonElement? json) && reader.BytesConsumed == line.Length && json.Value.ValueKind == JsonValueKind.Object ? Of(json.Value) : default;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            return default;
        }
    }

    private static (KnownClient? Client, string? Removed) Of(JsonElement json)
        => json.TryGetProperty("removed"u8, out JsonElement removed) && removed.GetBoolean() ? (null, json.GetProperty("uuid"u8).GetString()) : (ClientOf(json), null);

    private static KnownClient ClientOf(JsonElement json) => new()
    {
        Uuid = json.GetProperty("uuid"u8).GetString()!,
        Name = json.GetProperty("name"u8).GetString()!,
        IpAddress = json.GetProperty("ip_address"u8).GetString()!,
        Endpoint = json.GetProperty("endpoint"u8).GetString()!,
        Transport = json.GetProperty("transport"u8).GetString()!,
        Online = json.GetProperty("online"u8).GetBoolean(),
        ConnectedAt = DateTimeOffset.FromUnixTimeMilliseconds(json.GetProperty("connected_at"u8).GetInt64()),
        LastSeen = DateTimeOffset.FromUnixTimeMilliseconds(json.GetProperty("last_seen"u8).GetInt64()),
    };
}
