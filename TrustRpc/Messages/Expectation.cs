using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace TrustRpc.Messages;

/// <summary>What a value must be and what it was, in the words of someone who writes JSON, in whatever language. The names of the service's own types are told: they are those of its description.</summary>
internal static class Expectation
{
    /// <summary>Such as <c>a 32-bit integer or null</c>.</summary>
    public static string Of(JsonTypeInfo typeInfo)
    {
        Type type = Bare(typeInfo);
        return Words(type, typeInfo.Kind).Words + (type == typeInfo.Type ? "" : " or null");
    }

    /// <summary>Such as <c>must be a 32-bit integer; got a string</c>.</summary>
    /// <param name="typeInfo">What the value was read as.</param>
    /// <param name="token">The value's first token.</param>
    /// <param name="raw">That token's bytes.</param>
    public static string Mismatch(JsonTypeInfo typeInfo, JsonTokenType token, ReadOnlySpan<byte> raw)
    {
        JsonTokenType wanted = Words(Bare(typeInfo), typeInfo.Kind).Token;
        if (token == JsonTokenType.String && typeInfo.Type == typeof(string))
        {
            return "holds text that is not valid: half of a surrogate pair, or bad UTF-8";
        }

        return $"must be {Of(typeInfo)}; got {(token == wanted ? GotSame(token, raw, MayHaveFraction(Bare(typeInfo))) : Got(token))}";
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
    private static string GotSame(JsonTokenType token, ReadOnlySpan<byte> raw, bool mayHaveFraction) => token switch
    {
        JsonTokenType.Number when !mayHaveFraction && raw.ContainsAny(".eE"u8) => "a number with a fraction or out of its range",
        JsonTokenType.Number => "a number out of its range",
        JsonTokenType.String => "another string",
        _ => Got(token) + " of another form",
    };

    private static bool MayHaveFraction(Type type) => Type.GetTypeCode(type) is TypeCode.Single or TypeCode.Double or TypeCode.Decimal;

    private static Type Bare(JsonTypeInfo typeInfo) => Nullable.GetUnderlyingType(typeInfo.Type) ?? typeInfo.Type;

    private static (string Words, JsonTokenType Token) Words(Type type, JsonTypeInfoKind kind) => kind switch
    {
        JsonTypeInfoKind.Object => ($"an object ({TypeName.Of(type)})", JsonTokenType.StartObject),
        JsonTypeInfoKind.Dictionary => ("an object", JsonTokenType.StartObject),
        JsonTypeInfoKind.Enumerable => ("an array", JsonTokenType.StartArray),
        _ when type.IsEnum => ($"a number that stands for a {TypeName.Of(type)}", JsonTokenType.Number),
        _ => Scalar(type),
    };

    private static (string Words, JsonTokenType Token) Scalar(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.String => ("a string", JsonTokenType.String),
        TypeCode.Boolean => ("true or false", JsonTokenType.True),
        TypeCode.Char => ("a string of one character", JsonTokenType.String),
        TypeCode.SByte => ("an 8-bit integer", JsonTokenType.Number),
        TypeCode.Byte => ("an unsigned 8-bit integer", JsonTokenType.Number),
        TypeCode.Int16 => ("a 16-bit integer", JsonTokenType.Number),
        TypeCode.UInt16 => ("an unsigned 16-bit integer", JsonTokenType.Number),
        TypeCode.Int32 => ("a 32-bit integer", JsonTokenType.Number),
        TypeCode.UInt32 => ("an unsigned 32-bit integer", JsonTokenType.Number),
        TypeCode.Int64 => ("a 64-bit integer", JsonTokenType.Number),
        TypeCode.UInt64 => ("an unsigned 64-bit integer", JsonTokenType.Number),
        _ when MayHaveFraction(type) => ("a number", JsonTokenType.Number),
        _ when StreamTypes.ItemOf(type) is not null => ("a sequence", JsonTokenType.StartObject),
        _ when StreamTypes.ReportOf(type) is not null => ("a progress argument, which travels as an integer", JsonTokenType.Number),
        _ when type == typeof(byte[]) => ("a string in base64", JsonTokenType.String),
        _ => ($"a string that holds a {Held(type)}", JsonTokenType.String),
    };

    private static string Held(Type type)
        => type == typeof(Guid) ? "UUID"
        : type == typeof(DateTime) || type == typeof(DateTimeOffset) ? "date and time"
        : type == typeof(DateOnly) ? "date"
        : type == typeof(TimeOnly) ? "time of day"
        : type == typeof(TimeSpan) ? "duration"
        : type == typeof(Uri) ? "URI"
        : TypeName.Of(type);
}
