using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace TrustRpc.Tests.Support;

/// <summary>A JSON Schema, as far as the documents of these tests use the language; a keyword that it does not know is an error, never ignored.</summary>
internal sealed class JsonSchema
{
    // They say something about a value and ask nothing of it.
    private static readonly string[] Annotations =
        ["$comment", "$schema", "$id", "title", "description", "default", "definitions", "$defs", "deprecated", "format", "components", "methods", "openrpc", "info"];

    private readonly JsonElement _root;
    private readonly JsonElement _schema;

    /// <param name="root">What references count from.</param>
    /// <param name="pointer">Where in it the schema stands: <c>#</c>, <c>#/methods/0/result/schema</c>.</param>
    public JsonSchema(JsonElement root, string pointer = "#")
    {
        _root = root;
        _schema = Resolve(pointer);
    }

    /// <summary>One line for each thing that is wrong with the value; none = it is valid.</summary>
    public List<string> Check(JsonElement value)
    {
        List<string> problems = [];
        Check(value, _schema, "#", problems);
        return problems;
    }

    public bool Accepts(string json) => Check(JsonElement.Parse(json)).Count == 0;

    private void Check(JsonElement value, JsonElement schema, string place, List<string> problems)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            Report(schema.ValueKind == JsonValueKind.True, place, "is not allowed", problems);
            return;
        }

        Assert.Equal(JsonValueKind.Object, schema.ValueKind);
        foreach (JsonProperty rule in schema.EnumerateObject())
        {
            CheckRule(value, schema, rule, place, problems);
        }
    }

    private void CheckRule(JsonElement value, JsonElement schema, JsonProperty rule, string place, List<string> problems)
    {
        JsonElement asked = rule.Value;
        switch (rule.Name)
        {
            case "$ref":
                Check(value, Resolve(asked.GetString()!), place, problems);
                break;
            case "type":
                Report(Types(asked).Any(type => Is(value, type)), place, $"is no {asked.GetRawText()}", problems);
                break;
            case "enum":
                Report(asked.EnumerateArray().Any(allowed => JsonElement.DeepEquals(allowed, value)), place, $"is none of {asked.GetRawText()}", problems);
                break;
            case "required" when value.ValueKind == JsonValueKind.Object:
                foreach (JsonElement name in asked.EnumerateArray())
                {
                    Report(value.TryGetProperty(name.GetString()!, out _), place, $"lacks '{name}'", problems);
                }

                break;
            case "properties" or "patternProperties" or "additionalProperties" when value.ValueKind == JsonValueKind.Object:
                CheckMembers(value, schema, rule.Name, place, problems);
                break;
            case "items" when value.ValueKind == JsonValueKind.Array:
                int index = 0;
                foreach (JsonElement item in value.EnumerateArray())
                {
                    Check(item, asked, $"{place}/{index++}", problems);
                }

                break;
            case "minItems" when value.ValueKind == JsonValueKind.Array:
                Report(value.GetArrayLength() >= asked.GetInt32(), place, "has too few items", problems);
                break;
            case "minLength" when value.ValueKind == JsonValueKind.String:
                Report(value.GetString()!.Length >= asked.GetInt32(), place, "is too short", problems);
                break;
            case "maxLength" when value.ValueKind == JsonValueKind.String:
                Report(value.GetString()!.Length <= asked.GetInt32(), place, "is too long", problems);
                break;
            case "pattern" when value.ValueKind == JsonValueKind.String:
                Report(Regex.IsMatch(value.GetString()!, asked.GetString()!), place, $"does not match {asked}", problems);
                break;
            case "not":
                Report(Count(value, [asked]) == 0, place, "is what it must not be", problems);
                break;
            case "oneOf":
                Report(Count(value, asked.EnumerateArray()) == 1, place, "is not exactly one of what it may be", problems);
                break;
            case "anyOf":
                Report(Count(value, asked.EnumerateArray()) > 0, place, "is none of what it may be", problems);
                break;
            case "required" or "properties" or "patternProperties" or "additionalProperties" or "items" or "minItems" or "minLength" or "maxLength" or "pattern":
                // They ask something of other kinds of values alone.
                break;
            default:
                Assert.True(Annotations.Contains(rule.Name) || rule.Name.StartsWith("x-", StringComparison.Ordinal), $"'{rule.Name}' is no keyword that this validator knows.");
                break;
        }
    }

    private void CheckMembers(JsonElement value, JsonElement schema, string rule, string place, List<string> problems)
    {
        foreach (JsonProperty member in value.EnumerateObject())
        {
            JsonElement[] named = [.. Named(schema, "properties", name => name == member.Name)];
            JsonElement[] matching = [.. Named(schema, "patternProperties", pattern => Regex.IsMatch(member.Name, pattern))];
            JsonElement[] rules = rule switch
            {
                "properties" => named,
                "patternProperties" => matching,
                _ => named.Length + matching.Length == 0 ? [schema.GetProperty(rule)] : [],
            };
            foreach (JsonElement asked in rules)
            {
                Check(member.Value, asked, $"{place}/{member.Name}", problems);
            }
        }
    }

    private static IEnumerable<JsonElement> Named(JsonElement schema, string rule, Func<string, bool> applies)
        => schema.TryGetProperty(rule, out JsonElement members) ? members.EnumerateObject().Where(m => applies(m.Name)).Select(m => m.Value) : [];

    private int Count(JsonElement value, IEnumerable<JsonElement> schemas) => schemas.Count(schema =>
    {
        List<string> problems = [];
        Check(value, schema, "#", problems);
        return problems.Count == 0;
    });

    private static IEnumerable<string> Types(JsonElement asked)
        => asked.ValueKind == JsonValueKind.Array ? asked.EnumerateArray().Select(type => type.GetString()!) : [asked.GetString()!];

    private static bool Is(JsonElement value, string type) => type switch
    {
        "array" => value.ValueKind == JsonValueKind.Array,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out decimal number) && number == decimal.Truncate(number),
        "null" => value.ValueKind == JsonValueKind.Null,
        "number" => value.ValueKind == JsonValueKind.Number,
        "object" => value.ValueKind == JsonValueKind.Object,
        "string" => value.ValueKind == JsonValueKind.String,
        _ => throw new InvalidOperationException($"'{type}' is no type of JSON Schema."),
    };

    private JsonElement Resolve(string pointer)
    {
        Assert.StartsWith("#", pointer, StringComparison.Ordinal);
        JsonElement found = _root;
        foreach (string part in pointer.Split('/').Skip(1))
        {
            string name = part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            bool there = found.ValueKind == JsonValueKind.Array
                ? int.TryParse(name, CultureInfo.InvariantCulture, out int index) && index < found.GetArrayLength()
                : found.ValueKind == JsonValueKind.Object && found.TryGetProperty(name, out _);
            Assert.True(there, $"{pointer} leads nowhere.");
            found = found.ValueKind == JsonValueKind.Array ? found[int.Parse(name, CultureInfo.InvariantCulture)] : found.GetProperty(name);
        }

        return found;
    }

    private static void Report(bool holds, string place, string problem, List<string> problems)
    {
        if (!holds)
        {
            problems.Add($"{place} {problem}");
        }
    }
}
