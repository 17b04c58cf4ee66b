using System.Buffers;
using System.Text;
using System.Text.Json;
using TrustRpc.Framing;

namespace TrustRpc.Messages;

/// <summary>
/// Text that stands in JSON as it is: ASCII without quotes, backslashes and control characters. Nearly all text is that, and one look at it then takes the place
/// of those for valid UTF-8, for escapes, for surrogates and for the end of the value.
/// </summary>
internal static class PlainText
{
    private static readonly SearchValues<byte> Plain =
        SearchValues.Create(" !#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    public static bool Is(ReadOnlySpan<byte> bytes) => !bytes.ContainsAnyExcept(Plain);

    /// <summary>True where the JSON is a string of plain text, an array of one such string, or a batch of one such item (section 6).</summary>
    public static bool IsOneString(ReadOnlySpan<byte> json) => json switch
    {
        [(byte)'[', (byte)'"', .. var text, (byte)'"', (byte)']'] => Is(text),
        [(byte)'"', .. var text, (byte)'"'] => Is(text),
        _ => SequenceBatch.TryGetOneText(json, out ReadOnlySpan<byte> item) && Is(item),
    };

    /// <summary>Writes the text as a JSON string; false, and nothing is written, where it is not plain.</summary>
    public static bool TryWrite(FrameBuffer frame, ReadOnlySpan<char> text)
    {
        Span<byte> destination = frame.GetSpan(text.Length + 2);
        Span<byte> inner = destination.Slice(1, text.Length);
        if (Ascii.FromUtf16(text, inner, out _) != OperationStatus.Done || !Is(inner))
        {
            return false;
        }

        destination[0] = (byte)'"';
        destination[text.Length + 1] = (byte)'"';
        frame.Advance(text.Length + 2);
        return true;
    }

    /// <summary>The string or null that the reader, one over a span, stands on.</summary>
    /// <remarks>Latin-1 needs no count of the characters before it makes the string.</remarks>
    /// <exception cref="InvalidOperationException">It is neither, or no valid UTF-8.</exception>
    public static string? Read(in Utf8JsonReader reader) => reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped && Ascii.IsValid(reader.ValueSpan)
        ? Encoding.Latin1.GetString(reader.ValueSpan)
        : reader.GetString();
}
