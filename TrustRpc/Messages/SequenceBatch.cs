using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace TrustRpc.Messages;

/// <summary>The answer to a request for items: <c>{"values":[…],"finished":false}</c> (section 6).</summary>
internal static class SequenceBatch
{
    private static ReadOnlySpan<byte> UsualEnd => ",\"finished\":false}"u8;

    private static ReadOnlySpan<byte> OneTextStart => "{\"values\":[\""u8;

    private static ReadOnlySpan<byte> OneTextEnd => "\"],\"finished\":false}"u8;

    /// <summary>What stands between the first quote and the last of a batch that begins and ends like one of a single text; more items may be in there.</summary>
    public static bool TryGetOneText(ReadOnlySpan<byte> json, out ReadOnlySpan<byte> text)
    {
        bool looksSo = json.Length >= OneTextStart.Length + OneTextEnd.Length && json.StartsWith(OneTextStart) && json.EndsWith(OneTextEnd);
        text = looksSo ? json[OneTextStart.Length..^OneTextEnd.Length] : default;
        return looksSo;
    }

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
        bool last = false;
        Begin(ref reader);
        while (ReadName(ref reader, out bool isValues, out bool isFinished))
        {
            last = isFinished ? ReadFinished(ref reader) : last;
            if (isValues)
            {
                IsArray(ref reader);
            }

            reader.Skip();
        }

        return last;
    }

    /// <summary>Reads the items into an array, which grows as needed; the number of them.</summary>
    /// <exception cref="JsonException">It is no batch, or an item is of another type.</exception>
    public static int Read<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> itemType, ref T[] items)
    {
        // A large chunk travels alone. What decodes as a whole holds no quote.
        if (typeof(T) == typeof(byte[]) && TryGetOneText(json, out ReadOnlySpan<byte> text) && DecodeBytes(text) is { } bytes)
        {
            items = items.Length > 0 ? items : new T[1];
            items[0] = (T)(object)bytes;
            return 1;
        }

        var reader = new Utf8JsonReader(json);
        int count = 0;
        bool last = false;
        Begin(ref reader);
        while (ReadName(ref reader, out bool isValues, out bool isFinished))
        {
            last = isFinished ? ReadFinished(ref reader) : last;
            if (isValues && IsArray(ref reader))
            {
                count = ReadItems(ref reader, itemType, ref items);
            }
            else
            {
                reader.Skip();
            }
        }

        return count > 0 || last ? count : throw new JsonException("An answer brought no items although the sequence has not ended.");
    }

    /// <summary>What reading a batch may throw because of what is in it.</summary>
    public static bool IsUnreadable(Exception e) => e is JsonException or NotSupportedException or InvalidOperationException;

    /// <summary>Says which item could not be read, and why: <c>an item must be a 32-bit integer; got a string.</c></summary>
    /// <param name="json">The batch, or the sequence with its first items.</param>
    /// <param name="itemType">What the items are read as.</param>
    /// <param name="cause">What reading them threw.</param>
    public static string Explain(ReadOnlySpan<byte> json, JsonTypeInfo itemType, Exception cause)
    {
        // The place that the serialiser tells counts from the item, and does not say from which: they are read again.
        if (ValueFault.TryParse(json, out JsonElement batch) && batch.ValueKind == JsonValueKind.Object
            && batch.TryGetProperty("values"u8, out JsonElement values) && values.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in values.EnumerateArray())
            {
                ReadOnlySpan<byte> raw = JsonMarshal.GetRawUtf8Value(item);
                if (FaultOf(raw, itemType) is { } e && ValueFault.Find(itemType, raw, e) is { } fault)
                {
                    return $"{(fault.Path == "$" ? "an item" : $"what is at {fault.Path} of an item")} {fault.Reason}.";
                }
            }
        }

        return SerializerText.Of(cause);
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

    private static Exception? FaultOf(ReadOnlySpan<byte> item, JsonTypeInfo itemType)
    {
        try
        {
            JsonSerializer.Deserialize(item, itemType);
            return null;
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            return e;
        }
    }

    private static T ReadItem<T>(scoped ref Utf8JsonReader reader, JsonTypeInfo<T> itemType)
    {
        // The values that streams are most often made of, without a detour; the serialiser looks for the end of each before it reads it.
        if (typeof(T) == typeof(string) && reader.TokenType == JsonTokenType.String)
        {
            return (T)(object)PlainText.Read(in reader)!;
        }

        if (typeof(T) == typeof(int) && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int number))
        {
            return (T)(object)number;
        }

        if (typeof(T) == typeof(byte[]) && reader.TokenType == JsonTokenType.String)
        {
            return (T)(object)ReadBytes(in reader);
        }

        return itemType.Kind == JsonTypeInfoKind.Object && reader.TokenType == JsonTokenType.StartObject
            ? ((JsonConverter<T>)itemType.Converter).Read(ref reader, typeof(T), itemType.Options)!
            : JsonSerializer.Deserialize(ref reader, itemType)!;
    }

    private static void Begin(scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("An answer with items is an object.");
        }
    }

    // Leaves the reader on the value.
    private static bool ReadName(scoped ref Utf8JsonReader reader, out bool isValues, out bool isFinished)
    {
        isValues = isFinished = false;
        if (!reader.Read() || reader.TokenType != JsonTokenType.PropertyName)
        {
            return false;
        }

        isValues = reader.ValueTextEquals("values"u8);
        isFinished = !isValues && reader.ValueTextEquals("finished"u8);
        return reader.Read();
    }

    private static bool IsArray(scoped ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.StartArray => true,
        JsonTokenType.Null => false,
        _ => throw new JsonException("The values of an answer are an array."),
    };

    private static bool ReadFinished(scoped ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False or JsonTokenType.Null => false,
        _ => throw new JsonException("finished is true or false."),
    };

    private static byte[] ReadBytes(in Utf8JsonReader reader)
    {
        byte[]? bytes = reader.ValueIsEscaped ? null : DecodeBytes(reader.ValueSpan);
        return bytes ?? (reader.TryGetBytesFromBase64(out bytes) ? bytes : throw new JsonException("An item of bytes is no Base64."));
    }

    // What the base library does takes a detour through a second array. Null = it is for the base library to say what is wrong, or what this is.
    private static byte[]? DecodeBytes(ReadOnlySpan<byte> text)
    {
        if (text.Length % 4 != 0 || text.IsEmpty)
        {
            return null;
        }

        int padding = text[^1] != '=' ? 0 : text[^2] != '=' ? 1 : 2;
        byte[] bytes = GC.AllocateUninitializedArray<byte>((text.Length / 4 * 3) - padding);
        return Base64.DecodeFromUtf8(text, bytes, out _, out int written) == OperationStatus.Done && written == bytes.Length ? bytes : null;
    }
}
