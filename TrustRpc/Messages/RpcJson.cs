using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace TrustRpc.Messages;

/// <summary>How arguments and results become JSON and back, where the user gives no options of their own.</summary>
/// <remarks>
/// Enums travel as numbers and NaN and the infinities do not travel at all: that is what the base library and StreamJsonRpc's formatter do unless told
/// otherwise, so every peer understands it. A type that wants names says so itself: <c>[JsonConverter(typeof(JsonStringEnumConverter&lt;Color&gt;))]</c>.
/// </remarks>
internal static class RpcJson
{
    /// <summary>Read-only.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            PropertyNameCaseInsensitive = true,
            IncludeFields = true, // Tuples have nothing else, and would arrive empty without a word.
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            AllowDuplicateProperties = false,
            MaxDepth = ProtocolLimits.MaxDepth,
            // What this one escapes less (letters beyond ASCII, <, >, &) is dangerous inside HTML alone, and a frame is never that.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            TypeInfoResolver = DefaultResolver(),
            Converters = { new StreamConverters() },
        };
        options.MakeReadOnly();
        return options;
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "A trimmed program turns reflection off and brings a resolver of its own.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "A program compiled ahead of time turns reflection off and brings a resolver of its own.")]
    private static IJsonTypeInfoResolver DefaultResolver()
        => JsonSerializer.IsReflectionEnabledByDefault ? new DefaultJsonTypeInfoResolver() : JsonTypeInfoResolver.Combine();
}
