using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrustRpc.Management;

/// <summary>The time that a command has, as an argument: whenever it is written, what is left of it, so that a call that is sent again does not begin anew. Thread-safe.</summary>
[JsonConverter(typeof(Converter))]
internal sealed class CommandTime(TimeSpan timeout, TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    /// <summary>Whole milliseconds, 1 at least: less is no time that a server takes.</summary>
    public double Milliseconds => Math.Max(1, Math.Ceiling((timeout - time.GetElapsedTime(_start)).TotalMilliseconds));

    private sealed class Converter : JsonConverter<CommandTime>
    {
        public override CommandTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException("It is only ever written.");

        public override void Write(Utf8JsonWriter writer, CommandTime value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Milliseconds);
    }
}
