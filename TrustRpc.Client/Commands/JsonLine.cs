using System.Text.Encodings.Web;
using System.Text.Json;

namespace TrustRpc.Client.Commands;

/// <summary>Values as one line of JSON each, for scripts.</summary>
internal static class JsonLine
{
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of<T>(T value) => JsonSerializer.Serialize(value, Options);
}
