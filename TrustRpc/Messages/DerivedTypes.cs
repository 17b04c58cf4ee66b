using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace TrustRpc.Messages;

/// <summary>Which of its derived types a value says that it is, and what is wrong where it does not say so. Only ever asked about a value that could not be read.</summary>
internal static class DerivedTypes
{
    private const int MostNamed = 16;

    /// <summary>The type that the value says, or the declared one where it says none.</summary>
    public static JsonTypeInfo Of(JsonTypeInfo type, JsonElement value)
    {
        if (type.PolymorphismOptions is not { } options || !TryGetKind(options, value, out JsonElement kind))
        {
            return type;
        }

        Type? derived = options.DerivedTypes.FirstOrDefault(d => Is(kind, d)).DerivedType;
        return derived is null || derived == type.Type ? type : type.Options.GetTypeInfo(derived);
    }

    /// <summary>Such as <c>lacks '$type', which says which Shape it is: "circle" or "square"</c>; null where nothing is wrong with that.</summary>
    public static string? Fault(JsonTypeInfo type, JsonElement value)
    {
        if (type.PolymorphismOptions is not { } options || value.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        string member = options.TypeDiscriminatorPropertyName;
        string kinds = $"which {TypeName.Of(type.Type)} it is: {Kinds(options)}";
        if (!TryGetKind(options, value, out JsonElement kind))
        {
            return type.Type.IsAbstract ? $"lacks '{member}', which says {kinds}" : null;
        }

        if (!options.DerivedTypes.Any(d => Is(kind, d)))
        {
            return options.IgnoreUnrecognizedTypeDiscriminators && !type.Type.IsAbstract ? null : $"has another '{member}' than those that say {kinds}";
        }

        return type.Options.AllowOutOfOrderMetadataProperties || value.EnumerateObject().First().NameEquals(member) ? null
            : $"has its '{member}' behind other members; it must be the first";
    }

    /// <summary>The first value in there that does not say which of its derived types it is.</summary>
    /// <param name="type">What the value was read as.</param>
    /// <param name="value">The value.</param>
    /// <param name="path">Where it is.</param>
    public static ValueFault? Find(JsonTypeInfo type, JsonElement value, string path = "$")
    {
        if (Fault(type, value) is { } reason)
        {
            return new ValueFault(path, reason);
        }

        type = Of(type, value);
        return value.ValueKind switch
        {
            JsonValueKind.Object => value.EnumerateObject().Select(member => FindInner(type, member.Name, member.Value, $"{path}.{member.Name}")).FirstOrDefault(found => found is not null),
            JsonValueKind.Array => value.EnumerateArray().Select((item, i) => FindInner(type, null, item, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]")))
                .FirstOrDefault(found => found is not null),
            _ => null,
        };
    }

    private static ValueFault? FindInner(JsonTypeInfo type, string? member, JsonElement value, string path)
        => value.ValueKind is JsonValueKind.Object or JsonValueKind.Array && ValueFault.Inner(type, member) is { } inner ? Find(inner, value, path) : null;

    private static bool TryGetKind(JsonPolymorphismOptions options, JsonElement value, out JsonElement kind)
    {
        kind = default;
        return value.ValueKind == JsonValueKind.Object && value.TryGetProperty(options.TypeDiscriminatorPropertyName, out kind);
    }

    private static bool Is(JsonElement kind, JsonDerivedType derived) => derived.TypeDiscriminator switch
    {
        string text => kind.ValueKind == JsonValueKind.String && kind.ValueEquals(text),
        int number => kind.ValueKind == JsonValueKind.Number && kind.TryGetInt32(out int given) && given == number,
        _ => false,
    };

    private static string Kinds(JsonPolymorphismOptions options)
    {
        string[] kinds = [.. options.DerivedTypes.Where(d => d.TypeDiscriminator is not null).Select(d => d.TypeDiscriminator is string text ? $"\"{text}\"" : $"{d.TypeDiscriminator}")];
        return kinds.Length > MostNamed ? string.Join(", ", kinds[..MostNamed]) + ", …"
            : kinds.Length > 1 ? $"{string.Join(", ", kinds[..^1])} or {kinds[^1]}"
            : string.Concat(kinds);
    }
}
