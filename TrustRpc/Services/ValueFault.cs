using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace TrustRpc.Services;

/// <summary>
/// Where in a value the serialiser stumbled, and over what. Its exception tells the place; its text names internal types, so the reason is found anew by walking
/// value and type to that place. Only ever made for an argument that was refused.
/// </summary>
internal readonly record struct ValueFault(string Path, string Reason)
{
    public static ValueFault? Find(JsonTypeInfo type, ReadOnlySpan<byte> json, string? path)
    {
        if (!TryParse(json, out JsonElement value))
        {
            return null;
        }

        ReadOnlySpan<char> rest = path is null ? default : path.AsSpan(1);
        string walked = "$";
        bool twice = false;
        JsonTypeInfo? at = type;
        while (at is not null && TryStep(ref rest, out string step, out bool index) && TryEnter(value, step, index, out JsonElement inner)
            && Inner(at, step) is { } innerType)
        {
            twice = !index && Count(value, step) > 1;
            walked += index ? $"[{step}]" : $".{step}";
            (value, at) = (inner, innerType);
        }

        return !rest.IsEmpty ? new ValueFault(path!, "is not valid")
            : new ValueFault(walked, twice ? "is given twice" : ReasonAt(value, at!));
    }

    private static string ReasonAt(JsonElement value, JsonTypeInfo type)
    {
        if (value.ValueKind == JsonValueKind.Object && type.Kind == JsonTypeInfoKind.Object)
        {
            foreach (JsonPropertyInfo property in type.Properties)
            {
                if (property.IsRequired && !TryGetMember(value, property.Name, out _))
                {
                    return $"lacks '{property.Name}', which {TypeName.Of(type.Type)} requires";
                }
            }

            return type.PolymorphismOptions is { TypeDiscriminatorPropertyName: var kind } && !TryGetMember(value, kind, out _)
                ? $"lacks '{kind}', which says which {TypeName.Of(type.Type)} it is"
                : $"is not a valid {TypeName.Of(type.Type)}";
        }

        return Expectation.Mismatch(type, TokenOf(value), JsonMarshal.GetRawUtf8Value(value));
    }

    private static JsonTokenType TokenOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => JsonTokenType.StartObject,
        JsonValueKind.Array => JsonTokenType.StartArray,
        JsonValueKind.String => JsonTokenType.String,
        JsonValueKind.Number => JsonTokenType.Number,
        JsonValueKind.Null => JsonTokenType.Null,
        _ => JsonTokenType.True,
    };

    /// <summary>Takes one step off a path such as <c>.items[2]['odd.name']</c>.</summary>
    private static bool TryStep(ref ReadOnlySpan<char> path, out string step, out bool index)
    {
        (step, index) = ("", false);
        if (path.StartsWith("['"))
        {
            int end = path.IndexOf("']");
            if (end < 0)
            {
                return false;
            }

            step = path[2..end].ToString();
            path = path[(end + 2)..];
            return true;
        }

        if (path.IsEmpty)
        {
            return false;
        }

        index = path[0] == '[';
        int length = index ? path.IndexOf(']') : path[1..].IndexOfAny('.', '[') + 1;
        length = length <= 0 ? path.Length : length;
        step = path[1..length].ToString();
        path = path[(index ? Math.Min(length + 1, path.Length) : length)..];
        return true;
    }

    private static bool TryEnter(JsonElement value, string step, bool index, out JsonElement inner)
    {
        inner = default;
        if (!index)
        {
            return TryGetMember(value, step, out inner);
        }

        bool exists = value.ValueKind == JsonValueKind.Array && int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out int i)
            && i < value.GetArrayLength();
        inner = exists ? value[int.Parse(step, CultureInfo.InvariantCulture)] : default;
        return exists;
    }

    private static JsonTypeInfo? Inner(JsonTypeInfo type, string step)
    {
        Type? inner = type.Kind == JsonTypeInfoKind.Object
            ? type.Properties.FirstOrDefault(p => p.Name.Equals(step, StringComparison.OrdinalIgnoreCase))?.PropertyType
            : type.ElementType;
        return inner is null ? null : type.Options.GetTypeInfo(inner);
    }

    private static int Count(JsonElement value, string name)
        => value.EnumerateObject().Count(property => property.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static bool TryGetMember(JsonElement value, string name, out JsonElement member)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty property in value.EnumerateObject())
            {
                if (property.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                {
                    member = property.Value;
                    return true;
                }
            }
        }

        member = default;
        return false;
    }

    [SuppressMessage("Design", "CA1031", Justification = "Explaining an error must not raise another one.")]
    private static bool TryParse(ReadOnlySpan<byte> json, out JsonElement value)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            value = JsonElement.ParseValue(ref reader);
            return true;
        }
        catch (Exception)
        {
            value = default;
            return false;
        }
    }
}
