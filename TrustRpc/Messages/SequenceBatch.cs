using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace TrustRpc.Messages;

/// <summary>The answer to a request for items: <c>{"values":[…],"finished":false}</c> (section 6).</summary>
internal static class SequenceBatch
{
    private static ReadOnlySpan<byte> UsualEnd => ",\"finished\":false}"u8;

    /// <summary>Whether the batch is the last one. Looks at no item where the batch ends as usual.</summary>
    /// <exception cref="JsonException">It is no batch.</exception>
    public static bool IsLast(ReadOnlySpan<byte> json)
    {
        // A quote after a comma opens a name or a text, and neither can go on like this in JSON that is known to be well-formed.
        if (json.EndsWith(UsualEnd))
        {
            return false;
        }

        var reader = new Utf8JsonReader(json);
        return Find(ref reader, out _);
    }

    /// <summary>Reads the items into an array, which grows as needed; the number of them.</summary>
    /// <exception cref="JsonException">It is no batch, or an item is of another type.</exception>
    public static int Read<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> itemType, ref T[] items)
    {
        var reader = new Utf8JsonReader(json);
        bool last = Find(ref reader, out Utf8JsonReader values);
        int count = ReadItems(ref values, itemType, ref items);
        return count > 0 || last ? count : throw new JsonException("An answer brought no items although the sequence has not ended.");
    }

    /// <summary>Reads the items of the array that the reader stands on; none where it stands on nothing.</summary>
    public static int ReadItems<T>(scoped ref Utf8JsonReader values, JsonTypeInfo<T> itemType, ref T[] items)
    {
        int count = 0;
        while (values.TokenType != JsonTokenType.None && values.Read() && values.TokenType != JsonTokenType.EndArray)
        {
            if (count == items.Length)
            {
                Array.Resize(ref items, Math.Max(16, 2 * count));
            }

            items[count++] = ReadItem(ref values, itemType);
        }

        return count;
    }

    private static T ReadItem<T>(scoped ref Utf8JsonReader reader, JsonTypeInfo<T> itemType)
    {
        if (typeof(T) == typeof(string) && reader.TokenType == JsonTokenType.String)
        {
            return (T)(object)reader.GetString()!;
        }

        if (typeof(T) == typeof(int) && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int number))
        {
            return (T)(object)number;
        }

        return JsonSerializer.Deserialize(ref reader, itemType)!;
    }

    private static bool Find(scoped ref Utf8JsonReader reader, out Utf8JsonReader values)
    {
        values = default;
        bool last = false;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("An answer with items is an object.");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isValues = reader.ValueTextEquals("values"u8);
            bool isFinished = !isValues && reader.ValueTextEquals("finished"u8);
            reader.Read();
            if (isValues && reader.TokenType != JsonTokenType.Null)
            {
                values = reader.TokenType == JsonTokenType.StartArray ? reader : throw new JsonException("The values of an answer are an array.");
            }
            else if (isFinished)
            {
                last = reader.TokenType is JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null
                    ? reader.TokenType == JsonTokenType.True
                    : throw new JsonException("finished is true or false.");
            }

            reader.Skip();
        }

        return last;
    }
}
