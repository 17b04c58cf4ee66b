using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace TrustRpc.Services;

/// <summary>What a value must be and what it was, in the words of someone who writes JSON.</summary>
internal static class Expectation
{
    /// <summary>Such as <c>an integer (Int32) or null</c>.</summary>
    public static string Of(JsonTypeInfo typeInfo)
    {
        Type type = Bare(typeInfo);
        return Words(type, typeInfo.Kind).Words + (type == typeInfo.Type ? "" : " or null");
    }

    /// <summary>Such as <c>must be an integer (Int32); got a string</c>.</summary>
    /// <param name="typeInfo">What the value was read as.</param>
    /// <param name="token">The value's first token.</param>
    /// <param name="raw">That token's bytes.</param>
    public static string Mismatch(JsonTypeInfo typeInfo, JsonTokenType token, ReadOnlySpan<byte> raw)
    {
        JsonTokenType wanted = Words(Bare(typeInfo), typeInfo.Kind).Token;
        return $"must be {Of(typeInfo)}; got {(token == wanted ? GotSame(token, raw) : Got(token))}";
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

    /// <summary>The kind is right, so what it holds is not.</summary>
    private static string GotSame(JsonTokenType token, ReadOnlySpan<byte> raw) => token switch
    {
        JsonTokenType.Number when raw.ContainsAny(".eE"u8) => "a number with a fraction or out of its range",
        JsonTokenType.Number => "a number out of its range",
        JsonTokenType.String => "another string",
        _ => Got(token) + " of another form",
    };

    private static Type Bare(JsonTypeInfo typeInfo) => Nullable.GetUnderlyingType(typeInfo.Type) ?? typeInfo.Type;

    private static (string Words, JsonTokenType Token) Words(Type type, JsonTypeInfoKind kind)
    {
        string name = TypeName.Of(type);
        return kind switch
        {
            JsonTypeInfoKind.Object or JsonTypeInfoKind.Dictionary => ($"an object ({name})", JsonTokenType.StartObject),
            JsonTypeInfoKind.Enumerable => ($"an array ({name})", JsonTokenType.StartArray),
            _ when type.IsEnum => ($"a number that stands for a {name}", JsonTokenType.Number),
            _ => Scalar(type, name),
        };
    }

    private static (string Words, JsonTokenType Token) Scalar(Type type, string name)
    {
        switch (Type.GetTypeCode(type))
        {
            case TypeCode.String:
                return ("a string", JsonTokenType.String);
            case TypeCode.Boolean:
                return ("true or false", JsonTokenType.True);
            case TypeCode.Char:
                return ("a string of one character", JsonTokenType.String);
            case >= TypeCode.SByte and <= TypeCode.UInt64:
                return ($"an integer ({name})", JsonTokenType.Number);
            case TypeCode.Single or TypeCode.Double or TypeCode.Decimal:
                return ($"a number ({name})", JsonTokenType.Number);
            case TypeCode.Object when Messages.StreamTypes.ItemOf(type) is not null:
                return ($"a sequence ({name})", JsonTokenType.StartObject);
            case TypeCode.Object when Messages.StreamTypes.ReportOf(type) is not null:
                return ("an integer that stands for a progress argument", JsonTokenType.Number);
            default:
                return type == typeof(byte[])
                    ? ("a string in base64", JsonTokenType.String)
                    : ($"a string that holds a {name}", JsonTokenType.String);
        }
    }
}
