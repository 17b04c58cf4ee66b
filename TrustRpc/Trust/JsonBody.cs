using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace TrustRpc.Trust;

/// <summary>Writes one handshake body: an object with its type first, text beyond ASCII as it is.</summary>
internal static class JsonBody
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Write(string type, Action<Utf8JsonWriter>? members = null)
    {
        ArrayBufferWriter<byte> buffer = new(512);
        using (Utf8JsonWriter json = new(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            members?.Invoke(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
