using System.Text.Json;

namespace TrustRpc.Messages;

/// <summary>A sequence as it stands in a result or an argument: <c>{"token":T,"values":[…]}</c> (section 6).</summary>
internal static class SequenceValue
{
    /// <summary>Reads the object that the reader stands on; leaves the reader on its end.</summary>
    /// <param name="reader">The reader, of a whole value.</param>
    /// <param name="values">On the array of the first items; a reader of nothing where there is none.</param>
    /// <returns>The token; null = the sequence is complete.</returns>
    public static long? Read(scoped ref Utf8JsonReader reader, out Utf8JsonReader values)
    {
        values = default;
        long? token = null;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("A sequence is an object with a token, values or both.");
        }

        (bool hasToken, bool hasValues) = (false, false);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("token"u8))
            {
                ThrowIfTwice(ref hasToken);
                reader.Read();
                token = ReadToken(ref reader);
            }
            else if (reader.ValueTextEquals("values"u8))
            {
                ThrowIfTwice(ref hasValues);
                reader.Read();
                values = IsArray(ref reader) ? reader : default;
                reader.Skip();
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return token;
    }

    /// <summary>The token of a result that was to be a sequence; null where there is none.</summary>
    public static long? FindToken(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            return Read(ref reader, out _);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Whether a result that could not be read as something else has the form of a sequence.</summary>
    public static bool IsLikeOne(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            return Read(ref reader, out Utf8JsonReader values) is not null || values.TokenType == JsonTokenType.StartArray;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static long? ReadToken(ref Utf8JsonReader reader)
        => reader.TokenType == JsonTokenType.Null ? null
        : reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long token) ? token
        : throw new JsonException("The token of a sequence is an integer.");

    private static bool IsArray(ref Utf8JsonReader reader)
        => reader.TokenType is JsonTokenType.StartArray
        || (reader.TokenType is JsonTokenType.Null ? false : throw new JsonException("The values of a sequence are an array."));

    private static void ThrowIfTwice(ref bool seen)
    {
        if (seen)
        {
            throw new JsonException("A member of a sequence stands twice.");
        }

        seen = true;
    }
}
