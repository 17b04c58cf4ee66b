using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace TrustRpc.Messages;

/// <summary>The id of a request: an integer or a text, echoed in the same form (1 and "1" differ).</summary>
internal readonly struct RequestId(long number, byte[]? text = null) : IEquatable<RequestId>
{
    public const int MaxTextBytes = 128;
    public const long MaxNumber = (1L << 53) - 1;

    /// <summary>The most bytes that <see cref="TryFormat"/> writes: a text is kept as it stood between its quotes, escapes and all.</summary>
    public const int MaxFormattedBytes = (6 * MaxTextBytes) + 2;

    public long Number { get; } = number;

    /// <summary>The text as JSON between quotes, as it travelled; null for a number.</summary>
    public byte[]? Text { get; } = text;

    public int TryFormat(Span<byte> destination)
    {
        if (Text is null)
        {
            Utf8Formatter.TryFormat(Number, destination, out int written);
            return written;
        }

        destination[0] = (byte)'"';
        Text.CopyTo(destination[1..]);
        destination[Text.Length + 1] = (byte)'"';
        return Text.Length + 2;
    }

    // Two texts are one id however they are escaped.
    public bool Equals(RequestId other)
        => Number == other.Number && (Text is null ? other.Text is null : other.Text is not null && (Text.AsSpan().SequenceEqual(other.Text) || Unescaped(Text).SequenceEqual(Unescaped(other.Text))));

    public override bool Equals(object? obj) => obj is RequestId other && Equals(other);

    public override int GetHashCode()
    {
        if (Text is null)
        {
            return (int)Number;
        }

        HashCode hash = default;
        hash.AddBytes(Unescaped(Text));
        return hash.ToHashCode();
    }

    private static ReadOnlySpan<byte> Unescaped(byte[] text)
    {
        if (!text.AsSpan().Contains((byte)'\\'))
        {
            return text;
        }

        var reader = new Utf8JsonReader([(byte)'"', .. text, (byte)'"']);
        reader.Read();
        byte[] unescaped = new byte[text.Length];
        return unescaped.AsSpan(0, reader.CopyString(unescaped));
    }

    public override string ToString() => Text is null ? Number.ToString(System.Globalization.CultureInfo.InvariantCulture) : $"\"{Encoding.UTF8.GetString(Text)}\"";
}
