using System.Buffers;
using System.Text.Json;

namespace TrustRpc.Messages;

/// <summary>An exception as <c>error.data</c>, for servers told to show it: <c>{"type","message","stack","code","inner"}</c>, the shape that StreamJsonRpc reads.</summary>
internal static class ExceptionDetail
{
    private const int MaxDepth = 8;

    public static JsonElement Of(Exception exception)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            Write(json, exception, MaxDepth);
        }

        var reader = new Utf8JsonReader(buffer.WrittenSpan);
        return JsonElement.ParseValue(ref reader);
    }

    private static void Write(Utf8JsonWriter json, Exception exception, int depth)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, exception.GetType().FullName);
        json.WriteString("message"u8, ExceptionText.Of(exception));
        json.WriteString("stack"u8, exception.StackTrace);
        json.WriteNumber("code"u8, exception.HResult);
        if (exception.InnerException is { } inner && depth > 0)
        {
            json.WritePropertyName("inner"u8);
            Write(json, inner, depth - 1);
        }

        json.WriteEndObject();
    }
}
