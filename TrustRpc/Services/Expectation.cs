using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace TrustRpc.Services;

/// <summary>What a value must be and what it was, in the words of someone who writes JSON.</summary>
internal static class Expectation
{
    public static string Of(JsonTypeInfo typeInfo)
    {
        Type type = Nullable.GetUnderlyingType(typeInfo.Type) ?? typeInfo.Type;
        string orNull = type == typeInfo.Type ? "" : " or null";
        return (Scalar(type) ?? Composite(type, typeInfo.Kind)) + orNull;
    }

    public static string Got(JsonTokenType token) => token switch
    {
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        JsonTokenType.Null => "null",
        JsonTokenType.StartArray => "an array",
        _ => "an object",
    };

    public static string Got(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => "a string",
        JsonValueKind.Number => Number(value.GetRawText()),
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        JsonValueKind.Null => "null",
        JsonValueKind.Array => "an array",
        _ => "an object",
    };

    /// <summary>A number that was refused where a number is expected: why it does not do.</summary>
    public static string Number(ReadOnlySpan<char> raw)
        => raw.IndexOfAny('.', 'e', 'E') >= 0 ? "a number with a fraction or an exponent" : "a number";

    private static string? Scalar(Type type)
    {
        if (type.IsEnum)
        {
            return $"a value of {type.Name}";
        }

        return Type.GetTypeCode(type) switch
        {
            TypeCode.String => "a string",
            TypeCode.Boolean => "true or false",
            TypeCode.Char => "a string of one character",
            TypeCode.SByte or TypeCode.Byte or TypeCode.Int16 or TypeCode.UInt16 or TypeCode.Int32 or TypeCode.UInt32 or TypeCode.Int64 or TypeCode.UInt64
                => $"an integer ({type.Name})",
            TypeCode.Single or TypeCode.Double or TypeCode.Decimal => $"a number ({type.Name})",
            TypeCode.DateTime => "a string that holds a DateTime",
            _ => null,
        };
    }

    private static string Composite(Type type, JsonTypeInfoKind kind)
    {
        if (type == typeof(Int128) || type == typeof(UInt128))
        {
            return $"an integer ({type.Name})";
        }

        string name = TypeName.Of(type);
        return kind switch
        {
            JsonTypeInfoKind.Object or JsonTypeInfoKind.Dictionary => $"an object ({name})",
            JsonTypeInfoKind.Enumerable => $"an array ({name})",
            _ when type == typeof(byte[]) => "a string in base64",
            _ => $"a {name}",
        };
    }
}
