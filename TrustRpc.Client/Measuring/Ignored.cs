using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrustRpc.Client.Measuring;

/// <summary>A result that nobody looks at: read without making anything of it.</summary>
[JsonConverter(typeof(Reader))]
internal readonly struct Ignored
{
    private sealed class Reader : JsonConverter<Ignored>
    {
        public override bool HandleNull => true;

        public override Ignored Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            reader.Skip();
            return default;
        }

        public override void Write(Utf8JsonWriter writer, Ignored value, JsonSerializerOptions options) => writer.WriteNullValue();
    }
}
