using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace TrustRpc.Trust;

/// <summary>Opens a handshake body only where all of it is sound, unknown members included (head and section 3.3 of the protocol).</summary>
/// <remarks>Everything here throws <see cref="FormatException"/> and nothing else.</remarks>
internal static class StrictJson
{
    private const int Deepest = 64;
    private const int LongestName = 128;

    /// <summary>A reader that stands on the root object's start.</summary>
    public static Utf8JsonReader Open(ReadOnlySpan<byte> body)
    {
        Validate(body);
        Utf8JsonReader reader = new(body, new JsonReaderOptions { MaxDepth = Deepest });
        reader.Read();
        return reader.TokenType == JsonTokenType.StartObject ? reader : throw new FormatException("the body is no object");
    }

    /// <summary>Steps to the next member of the object and onto its value; null at the object's end.</summary>
    public static string? NextMember(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.EndObject) return null;
        string name = reader.GetString()!;
        reader.Read();
        return name;
    }

    public static void ExpectObject(ref Utf8JsonReader reader) => Expect(reader.TokenType == JsonTokenType.StartObject, "an object");

    public static string ReadText(ref Utf8JsonReader reader)
    {
        Expect(reader.TokenType == JsonTokenType.String, "a string");
        return reader.GetString()!;
    }

    /// <summary>A name for people and logs: 1 to 128 bytes, no control characters.</summary>
    public static string ReadName(ref Utf8JsonReader reader)
    {
        string name = ReadText(ref reader);
        Expect(IsName(name), "a name of 1 to 128 bytes without control characters");
        return name;
    }

    public static bool IsName(string text)
        => text.Length > 0 && IsUnicode(text) && Encoding.UTF8.GetByteCount(text) <= LongestName && !text.Any(char.IsControl);

    /// <summary>Whether no surrogate stands without its other half.</summary>
    public static bool IsUnicode(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out _, out int taken) != OperationStatus.Done) return false;
            text = text[taken..];
        }

        return true;
    }

    public static int ReadInteger(ref Utf8JsonReader reader, int smallest, int largest)
    {
        ReadOnlySpan<byte> digits = ReadInteger(ref reader);
        Expect(
            int.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= smallest && value <= largest,
            $"an integer from {smallest} to {largest}");
        return value;
    }

    public static List<string> ReadTexts(ref Utf8JsonReader reader)
    {
        List<string> texts = [];
        ExpectArray(ref reader);
        while (NextItem(ref reader))
            texts.Add(ReadText(ref reader));
        return texts;
    }

    /// <summary>Whether an array of integers, of any size each, holds <paramref name="wanted"/>.</summary>
    public static bool ReadIntegersContain(ref Utf8JsonReader reader, int wanted)
    {
        bool found = false;
        ExpectArray(ref reader);
        while (NextItem(ref reader))
        {
            ReadOnlySpan<byte> digits = ReadInteger(ref reader);
            found |= int.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value == wanted;
        }

        return found;
    }

    private static ReadOnlySpan<byte> ReadInteger(ref Utf8JsonReader reader)
    {
        Expect(reader.TokenType == JsonTokenType.Number && !reader.ValueSpan.ContainsAny(".eE"u8), "an integer without fraction or exponent");
        return reader.ValueSpan;
    }

    private static void ExpectArray(ref Utf8JsonReader reader) => Expect(reader.TokenType == JsonTokenType.StartArray, "an array");

    private static bool NextItem(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType != JsonTokenType.EndArray;
    }

    private static void Expect(bool holds, string what)
    {
        if (!holds) throw new FormatException($"a member is not {what}");
    }

    private static void Validate(ReadOnlySpan<byte> body)
    {
        if (!Utf8.IsValid(body)) throw new FormatException("the body is not UTF-8");
        try
        {
            Walk(body);
        }
        catch (JsonException)
        {
            throw new FormatException("the body is not JSON");
        }
        catch (InvalidOperationException)
        {
            // GetString says so of an escaped surrogate without its other half.
            throw new FormatException("a string of the body is not valid Unicode");
        }
    }

    private static void Walk(ReadOnlySpan<byte> body)
    {
        Utf8JsonReader reader = new(body, new JsonReaderOptions { MaxDepth = Deepest });
        List<HashSet<string>> open = [];
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    open.Add([]);
                    break;
                case JsonTokenType.EndObject:
                    open.RemoveAt(open.Count - 1);
                    break;
                case JsonTokenType.PropertyName when !open[^1].Add(reader.GetString()!):
                    throw new FormatException("a member stands twice in the body");
                case JsonTokenType.String when reader.ValueIsEscaped:
                    reader.GetString();
                    break;
            }
        }
    }
}
