using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace TrustRpc.Messages;

/// <summary>Reads a result as the type that the caller asked for.</summary>
internal static class ResultReader
{
    private static readonly JsonDocumentOptions ElementOptions = new() { AllowDuplicateProperties = false, MaxDepth = ProtocolLimits.MaxDepth };

    /// <exception cref="RpcCallException">The result is not of that type.</exception>
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "The caller names the type; see the remarks of RpcCaller on trimming.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "As above.")]
    public static T Read<T>(ReadOnlySpan<byte> json, string method, IStreamScope? scope = null)
    {
        try
        {
            if (typeof(T) == typeof(string) && json is [(byte)'"', ..])
            {
                var reader = new Utf8JsonReader(json);
                reader.Read();
                return (T)(object)PlainText.Read(in reader)!;
            }

            if (typeof(T) == typeof(JsonElement))
            {
                // As it is, without the serialiser, whose start is half of a short program's life.
                return (T)(object)JsonElement.Parse(json, ElementOptions);
            }

            T? value = ReadValue<T>(json, scope);
            return value is null && default(T) is not null ? throw new JsonException("It is null.") : value!;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException)
        {
            throw new RpcCallException(RpcErrorCode.ResultNotSendable, $"The result of '{method}' cannot be read as {TypeName.Of(typeof(T))}: {Reason(typeof(T), json, e)}", e);
        }
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "As above.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "As above.")]
    private static string Reason(Type type, ReadOnlySpan<byte> json, Exception e)
    {
        if (StreamTypes.ItemOf(type) is { } item)
        {
            return json is [(byte)'{', ..] ? SequenceBatch.Explain(json, RpcJson.Options.GetTypeInfo(item), e) : "it is no stream; make the call with CallAsync.";
        }

        // The form alone is no proof: a value of the user's may have a member called values.
        string guess = SequenceValue.IsLikeOne(json) ? "it has the form of a stream; if it is one, make the call with StreamAsync. Else " : "";
        return guess + ValueFault.Explain(RpcJson.Options, type, json, e);
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "As above.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "As above.")]
    private static T? ReadValue<T>(ReadOnlySpan<byte> json, IStreamScope? scope)
    {
        IStreamScope? outer = StreamScope.Enter(scope);
        try
        {
            return JsonSerializer.Deserialize(json, (JsonTypeInfo<T>)RpcJson.Options.GetTypeInfo(typeof(T)));
        }
        finally
        {
            StreamScope.Enter(outer);
        }
    }
}
