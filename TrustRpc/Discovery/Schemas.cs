using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using TrustRpc.Messages;
using TrustRpc.Services;

namespace TrustRpc.Discovery;

/// <summary>Types as JSON Schema, from the base library's exporter; its references, which count from the schema's own root, are made to count from the document's.</summary>
[RequiresUnreferencedCode(Reflection.Reason)]
[RequiresDynamicCode(Reflection.DynamicReason)]
internal sealed class Schemas(JsonSerializerOptions json, Descriptions descriptions)
{
    /// <summary>The schema of a value.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="pointer">Where in the document the schema will stand.</param>
    /// <param name="allowsNull">Whether null may stand in its place; a value type says so itself.</param>
    public JsonNode Of(Type type, string pointer, bool allowsNull = false)
    {
        JsonSchemaExporterOptions options = new()
        {
            TreatNullObliviousAsNonNullable = true,
            TransformSchemaNode = (context, schema) => Adapt(context, schema, pointer),
        };
        try
        {
            JsonNode schema = json.GetJsonSchemaAsNode(type, options);
            return allowsNull && !type.IsValueType ? WithNull(schema) : schema;
        }
        catch (Exception e) when (e is NotSupportedException or InvalidOperationException)
        {
            return new JsonObject { ["description"] = $"{TypeName.Of(type)} has no JSON form that can be described." };
        }
    }

    /// <summary>What travels for a sequence, and the mark that says so.</summary>
    public (JsonNode Schema, JsonNode Mark) Sequence(Type item, string pointer)
    {
        JsonObject schema = new()
        {
            ["type"] = "object",
            ["properties"] = new JsonObject
            {
                ["token"] = new JsonObject { ["type"] = "integer" },
                ["values"] = new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["$ref"] = ItemsAt(pointer) } },
            },
        };
        return (schema, Mark("sequence", item, pointer));
    }

    /// <summary>What travels for a progress argument, and the mark that says so.</summary>
    public (JsonNode Schema, JsonNode Mark) Progress(Type report, string pointer)
        => (new JsonObject { ["type"] = new JsonArray("integer", "null") }, Mark("progress", report, pointer));

    /// <summary>A value as the serialiser writes it; null where it cannot.</summary>
    public JsonNode? Value(object? value, Type type)
        => value is null || StreamTypes.IsStream(type) ? null : JsonSerializer.SerializeToNode(value, json.GetTypeInfo(type));

    /// <summary>The schema with one more member.</summary>
    public static JsonNode With(JsonNode schema, string member, JsonNode? value)
    {
        // true, which allows everything, is the same as an object that asks for nothing.
        JsonObject changed = schema as JsonObject ?? [];
        changed[member] = value;
        return changed;
    }

    private static string ItemsAt(string pointer) => $"{pointer}/x-stream/items";

    private JsonObject Mark(string kind, Type item, string pointer) => new() { ["kind"] = kind, ["items"] = Of(item, ItemsAt(pointer)) };

    private JsonNode Adapt(JsonSchemaExporterContext context, JsonNode schema, string pointer)
    {
        Type type = context.TypeInfo.Type;
        if (StreamTypes.ItemOf(type) is { } item)
        {
            (schema, JsonNode mark) = Sequence(item, string.Join('/', [pointer, .. context.Path]));
            schema = With(schema, "x-stream", mark);
        }
        else if (schema is JsonObject { } reference && reference["$ref"]?.GetValue<string>() is { } target && IsLocal(target))
        {
            reference["$ref"] = pointer + target[1..];
        }

        string? text = context.PropertyInfo is null ? null : descriptions.OfProperty(context.PropertyInfo.AttributeProvider as MemberInfo);
        return text is null ? schema : With(schema, "description", text);
    }

    // As the exporter writes them; those that were adapted before begin with a part of the document.
    private static bool IsLocal(string target)
        => target.StartsWith('#') && !target.StartsWith("#/methods/", StringComparison.Ordinal);

    private static JsonNode WithNull(JsonNode schema)
    {
        if (schema is not JsonObject described || (described["type"] is null && described["$ref"] is null && described["enum"] is null))
        {
            return schema;
        }

        if (described["enum"] is null && described["type"] is JsonValue type)
        {
            described["type"] = new JsonArray(type.GetValue<string>(), "null");
            return described;
        }

        return described["type"] is JsonArray ? described : new JsonObject { ["anyOf"] = new JsonArray(described, new JsonObject { ["type"] = "null" }) };
    }
}
