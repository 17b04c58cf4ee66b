using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace TrustRpc.Management;

/// <summary>The result of a command, read with the options of the connection that it came through. One that is of another type is a value as well: it must not cost the results of other clients.</summary>
/// <param name="Value">The result; the default where there is none.</param>
/// <param name="Problem">Why it cannot be read as the type; null = nothing.</param>
[JsonConverter(typeof(TypedResultConverter))]
internal readonly record struct TypedResult<T>(T? Value, string? Problem)
{
    /// <summary>A result that is not there, which is one of those types alone that null is a value of.</summary>
    public static TypedResult<T> None => new(default, default(T) is null ? null : "there is none.");

    /// <summary>A result that has not travelled, read by <see cref="ManagementJson"/>.</summary>
    [RequiresUnreferencedCode("The result is read by reflection.")]
    [RequiresDynamicCode("The result is read by reflection.")]
    public static TypedResult<T> Of(JsonElement? result)
    {
        if (result is not { } json)
        {
            return None;
        }

        try
        {
            return new(json.Deserialize<T>(ManagementJson.Options), null);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException)
        {
            return new(default, e.Message);
        }
    }
}

/// <summary>Reads results of commands, of whatever type.</summary>
internal sealed class TypedResultConverter : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(TypedResult<>);

    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Serialising by reflection needs the same; see the remarks of RpcCaller.")]
    [UnconditionalSuppressMessage("Trimming", "IL2055", Justification = "As above.")]
    [UnconditionalSuppressMessage("Trimming", "IL2071", Justification = "As above.")]
    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options)
        => (JsonConverter)Activator.CreateInstance(typeof(Converter<>).MakeGenericType(typeToConvert.GetGenericArguments()))!;

    private sealed class Converter<T> : JsonConverter<TypedResult<T>>
    {
        public override bool HandleNull => true;

        public override TypedResult<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.Null)
            {
                return TypedResult<T>.None;
            }

            // A reader that has failed stands anywhere.
            Utf8JsonReader value = reader;
            reader.Skip();
            try
            {
                return new(JsonSerializer.Deserialize(ref value, (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T))), null);
            }
            catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException)
            {
                return new(default, e.Message);
            }
        }

        public override void Write(Utf8JsonWriter writer, TypedResult<T> value, JsonSerializerOptions options) => throw new NotSupportedException("It is only ever read.");
    }
}
