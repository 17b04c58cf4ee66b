using System.Text.Json;

namespace TrustRpc.Client.Discovery;

/// <summary>A JSON Schema as far as a command line needs it: what may stand there, in a word, and an example.</summary>
internal sealed class Schema
{
    // A type that has itself for a member has no end.
    private const int Deepest = 4;
    private const int MostReferences = 16;

    private readonly JsonElement _schema;
    private readonly JsonElement _document;

    /// <param name="schema">An object, or true, which allows everything.</param>
    /// <param name="document">From whose root references count.</param>
    public Schema(JsonElement schema, JsonElement document) => (_schema, _document) = (Resolve(schema, document), document);

    public static Schema Anything { get; } = new(default, default);

    /// <summary>For people: <c>number</c>, <c>string?</c>, <c>integer[]</c>, <c>"red"|"green"</c>, <c>any</c>.</summary>
    public string Type => TypeAt(0);

    /// <summary>The value where it is left out; null = the schema names none.</summary>
    public JsonElement? Default => Member("default");

    public string Description => Member("description")?.GetString() ?? "";

    /// <summary>Whether it says, of its own accord, that a text may stand here.</summary>
    public bool NamesText => Allows("string") == true;

    /// <summary>The members of an object; empty for anything else.</summary>
    public IEnumerable<(string Name, Schema Schema, bool IsRequired)> Members()
    {
        if (Member("properties") is not { ValueKind: JsonValueKind.Object } properties)
        {
            yield break;
        }

        HashSet<string> required = Member("required") is { ValueKind: JsonValueKind.Array } names ? [.. names.EnumerateArray().Select(name => name.GetString() ?? "")] : [];
        foreach (JsonProperty property in properties.EnumerateObject())
        {
            yield return (property.Name, new Schema(property.Value, _document), required.Contains(property.Name));
        }
    }

    /// <summary>Whether it forbids a value of that kind.</summary>
    public bool Forbids(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => Allows("number") == false && Allows("integer") == false,
        JsonValueKind.True or JsonValueKind.False => Allows("boolean") == false,
        JsonValueKind.Null => Allows("null") == false,
        JsonValueKind.Array => Allows("array") == false,
        JsonValueKind.Object => Allows("object") == false,
        _ => false,
    };

    /// <summary>A value that fits, as JSON.</summary>
    public string Example() => ExampleAt(0);

    private static JsonElement Resolve(JsonElement schema, JsonElement document)
    {
        for (int i = 0; i < MostReferences && schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("$ref", out JsonElement reference); i++)
        {
            JsonElement target = document;
            foreach (string step in (reference.GetString() ?? "").Split('/').Skip(1))
            {
                string name = Uri.UnescapeDataString(step).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
                target = target.ValueKind switch
                {
                    JsonValueKind.Object when target.TryGetProperty(name, out JsonElement member) => member,
                    JsonValueKind.Array when int.TryParse(name, out int index) && index >= 0 && index < target.GetArrayLength() => target[index],
                    _ => default,
                };
            }

            schema = target;
        }

        return schema;
    }

    private JsonElement? Member(string name) => _schema.ValueKind == JsonValueKind.Object && _schema.TryGetProperty(name, out JsonElement member) ? member : null;

    private IEnumerable<string> Types() => Member("type") switch
    {
        { ValueKind: JsonValueKind.String } one => [one.GetString()!],
        { ValueKind: JsonValueKind.Array } several => several.EnumerateArray().Select(type => type.GetString() ?? ""),
        _ => [],
    };

    private IEnumerable<Schema> Alternatives()
        => Member("anyOf") is { ValueKind: JsonValueKind.Array } several ? several.EnumerateArray().Select(one => new Schema(one, _document)) : [];

    // Null where it does not say.
    private bool? Allows(string type)
    {
        if (Types().Any())
        {
            return Types().Contains(type);
        }

        if (Member("enum") is { ValueKind: JsonValueKind.Array } values)
        {
            JsonValueKind kind = type switch
            {
                "string" => JsonValueKind.String,
                "number" or "integer" => JsonValueKind.Number,
                _ => JsonValueKind.True,
            };
            return values.EnumerateArray().Any(value => value.ValueKind == kind);
        }

        bool?[] each = [.. Alternatives().Select(one => one.Allows(type))];
        return each.Length == 0 || each.Contains(null) && !each.Contains(true) ? null : each.Contains(true);
    }

    private string TypeAt(int depth)
    {
        if (depth == Deepest)
        {
            return "any";
        }

        if (Member("enum") is { ValueKind: JsonValueKind.Array } values)
        {
            return string.Join('|', values.EnumerateArray().Select(value => value.GetRawText()));
        }

        string[] types = [.. Types()];
        string?[] named = [.. types.Where(type => type != "null").Select(type => type == "array" ? Items.TypeAt(depth + 1) + "[]" : type)];
        if (named.Length == 0 && Alternatives().ToArray() is { Length: > 0 } several)
        {
            return string.Join('|', several.Select(one => one.TypeAt(depth + 1)));
        }

        return named.Length == 0 ? types.Length > 0 ? "nothing" : "any" : string.Join('|', named) + (types.Contains("null") ? "?" : "");
    }

    private Schema Items => Member("items") is { } items ? new Schema(items, _document) : Anything;

    private string ExampleAt(int depth)
    {
        if (Member("enum") is { ValueKind: JsonValueKind.Array } values && values.GetArrayLength() > 0)
        {
            return values[0].GetRawText();
        }

        string? type = Types().FirstOrDefault(type => type != "null");
        if (type is null && depth < Deepest && Alternatives().Any())
        {
            return Alternatives().First().ExampleAt(depth + 1);
        }

        return type switch
        {
            "integer" => "1",
            "number" => "1.5",
            "boolean" => "true",
            "array" when depth < Deepest => $"[{Items.ExampleAt(depth + 1)}]",
            "array" => "[]",
            "object" when depth < Deepest => $"{{{string.Join(", ", Members().Where(member => member.IsRequired).Select(member => $"\"{member.Name}\": {member.Schema.ExampleAt(depth + 1)}"))}}}",
            "object" => "{}",
            "string" => TextExample(),
            null => "\"anything\"",
            _ => "null",
        };
    }

    private string TextExample() => Member("format") is { ValueKind: JsonValueKind.String } format
        ? format.GetString() switch
        {
            "date-time" => "\"2026-01-31T12:00:00Z\"",
            "date" => "\"2026-01-31\"",
            "time" => "\"12:00:00\"",
            "uuid" => "\"6f1d2c3b-4a59-4e6f-8a7b-9c0d1e2f3a4b\"",
            "uri" => "\"https://example.org\"",
            _ => "\"text\"",
        }
        : "\"text\"";
}
