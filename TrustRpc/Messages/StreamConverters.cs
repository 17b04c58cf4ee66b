using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace TrustRpc.Messages;

/// <summary>Writes and reads sequences and progress arguments wherever they stand in a value (sections 5 and 6).</summary>
internal sealed class StreamConverters : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => StreamTypes.IsStream(typeToConvert);

    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Serialising by reflection needs the same; see the remarks of RpcCaller.")]
    [UnconditionalSuppressMessage("Trimming", "IL2055", Justification = "As above.")]
    [UnconditionalSuppressMessage("Trimming", "IL2071", Justification = "As above.")]
    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options)
    {
        Type converter = StreamTypes.ItemOf(typeToConvert) is { } item
            ? typeof(SequenceConverter<,>).MakeGenericType(typeToConvert, item)
            : typeof(ProgressConverter<,>).MakeGenericType(typeToConvert, StreamTypes.ReportOf(typeToConvert)!);
        return (JsonConverter)Activator.CreateInstance(converter)!;
    }

    /// <summary>What stands in the place of a progress argument that the caller did not give.</summary>
    /// <param name="report">The type of the reports.</param>
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "As above.")]
    [UnconditionalSuppressMessage("Trimming", "IL2055", Justification = "As above.")]
    public static object NoProgress(Type report) => Activator.CreateInstance(typeof(Unwanted<>).MakeGenericType(report))!;

    private sealed class SequenceConverter<TSequence, T> : JsonConverter<TSequence>
        where TSequence : IAsyncEnumerable<T>
    {
        public override TSequence Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (typeof(TSequence) != typeof(IAsyncEnumerable<T>))
            {
                throw new NotSupportedException($"A sequence is read as IAsyncEnumerable, not as {typeof(TSequence).Name}.");
            }

            long? token = SequenceValue.Read(ref reader, out Utf8JsonReader values);
            return (TSequence)StreamScope.Current.Consume(token, ref values, TypeInfo<T>(options));
        }

        public override void Write(Utf8JsonWriter writer, TSequence value, JsonSerializerOptions options)
        {
            long token = StreamScope.Current.Produce(value, TypeInfo<T>(options));
            writer.WriteStartObject();
            writer.WriteNumber("token"u8, token);
            writer.WriteEndObject();
        }
    }

    private sealed class ProgressConverter<TProgress, T> : JsonConverter<TProgress>
        where TProgress : IProgress<T>
    {
        public override bool HandleNull => true;

        public override TProgress Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (typeof(TProgress) != typeof(IProgress<T>))
            {
                throw new NotSupportedException($"A progress argument is read as IProgress, not as {typeof(TProgress).Name}.");
            }

            if (reader.TokenType == JsonTokenType.Null)
            {
                return (TProgress)(object)Unwanted<T>.Instance;
            }

            return reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long token)
                ? (TProgress)StreamScope.Current.Report<T>(token)
                : throw new JsonException("A progress argument is an integer token or null.");
        }

        public override void Write(Utf8JsonWriter writer, TProgress value, JsonSerializerOptions options)
        {
            if (value is null)
            {
                writer.WriteNullValue();
            }
            else
            {
                writer.WriteNumberValue(StreamScope.Current.Receive(value, TypeInfo<T>(options)));
            }
        }
    }

    /// <summary>Reports of a method whose caller wants none.</summary>
    private sealed class Unwanted<T> : IProgress<T>
    {
        public static readonly Unwanted<T> Instance = new();

        public void Report(T value)
        {
        }
    }

    private static JsonTypeInfo<T> TypeInfo<T>(JsonSerializerOptions options) => (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
}
