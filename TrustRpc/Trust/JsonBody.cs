using System.Text.Json;
using TrustRpc.Framing;

namespace TrustRpc.Trust;

/// <summary>Writes one handshake body: an object with its type first, text beyond ASCII as it is.</summary>
internal static class JsonBody
{
    public static byte[] Write(string type, Action<Utf8JsonWriter>? members = null)
    {
        FrameBuffer frame = FrameBuffer.Rent(Handshake.LargestBody);
        Utf8JsonWriter json = frame.Json;
        json.WriteStartObject();
        json.WriteString("type", type);
        members?.Invoke(json);
        json.WriteEndObject();
        json.Flush();
        byte[] body = frame.Frame.Span[FrameHeader.Size..].ToArray();
        frame.Return();
        return body;
    }
}
