using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace TrustRpc.Messages;

/// <summary>
/// Where in a value the serialiser stumbled, and over what. Its exception tells the place; its text names internal types, so the reason is found anew by walking
/// value and type to that place. Only ever made for a value that was refused.
/// </summary>
internal readonly record struct ValueFault(string Path, string Reason)
{
    /// <param name="type">What the value was read as.</param>
    /// <param name="json">The value, and what may follow it.</param>
    /// <param name="cause">What the serialiser threw.</param>
    /// <returns>Null where the value is no JSON, or the fault is none of its own.</returns>
    public static ValueFault? Find(JsonTypeInfo type, ReadOnlySpan<byte> json, Exception cause)
    {
        if (!TryParse(json, out JsonElement value))
        {
            return null;
        }

        // It stands for types that nothing could be read as, too: those are a mistake on this side.
        return cause is NotSupportedException ? DerivedTypes.Find(type, value) : Find(type, value, (cause as JsonException)?.Path);
    }

    /// <summary>What is wrong with a value that somebody sent, as the end of a sentence: <c>it must be a 32-bit integer; got a string.</c></summary>
    /// <param name="options">Of whom the type is known.</param>
    /// <param name="type">What the value was read as.</param>
    /// <param name="json">The value.</param>
    /// <param name="cause">What the serialiser threw.</param>
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "The type was read before with the same options.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "As above.")]
    public static string Explain(JsonSerializerOptions options, Type type, ReadOnlySpan<byte> json, Exception cause)
    {
        JsonTypeInfo? known = TypeInfo(options, type);
        return known is not null && Find(known, json, cause) is { } fault
            ? $"{(fault.Path == "$" ? "it" : $"what is at {fault.Path}")} {fault.Reason}."
            : SerializerText.Of(cause);
    }

    private static ValueFault Find(JsonTypeInfo type, JsonElement value, string? path)
    {
        ReadOnlySpan<char> rest = path is null ? default : path.AsSpan(1);
        string walked = "$";
        bool twice = false;
        JsonTypeInfo? at = type;
        while (at is not null && TryStep(ref rest, out string step, out bool index) && TryEnter(value, step, index, out JsonElement inner)
            && Inner(DerivedTypes.Of(at, value), index ? null : step) is { } innerType)
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
            if (DerivedTypes.Fault(type, value) is { } untold)
            {
                return untold;
            }

            type = DerivedTypes.Of(type, value);
            foreach (JsonPropertyInfo property in type.Properties)
            {
                if (property.IsRequired && !TryGetMember(value, property.Name, out _))
                {
                    return $"lacks '{property.Name}', which {TypeName.Of(type.Type)} requires";
                }
            }

            return $"is not a valid {TypeName.Of(type.Type)}";
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

    /// <summary>The type of a member, or of an item where <paramref name="member"/> is null; null where it is not known.</summary>
    public static JsonTypeInfo? Inner(JsonTypeInfo type, string? member)
    {
        Type? inner = type.Kind == JsonTypeInfoKind.Object
            ? type.Properties.FirstOrDefault(p => p.Name.Equals(member, StringComparison.OrdinalIgnoreCase))?.PropertyType
            : type.ElementType;
        return inner is null ? null : TypeInfo(type.Options, inner);
    }

    private static JsonTypeInfo? TypeInfo(JsonSerializerOptions options, Type type)
    {
        try
        {
            return options.GetTypeInfo(type);
        }
        catch (Exception e) when (e is NotSupportedException or InvalidOperationException)
        {
            return null; // A type that nothing can be read as.
        }
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
    public static bool TryParse(ReadOnlySpan<byte> json, out JsonElement value)
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
