using System.Buffers.Text;

namespace TrustRpc.Trust;

/// <summary>base64url without padding, where one value has exactly one text.</summary>
internal static class Base64UrlText
{
    private const int LongestOnStack = 128;

    public static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    /// <exception cref="FormatException">Not that many bytes, or not their only text.</exception>
    public static byte[] Decode(string text, int length)
    {
        byte[] bytes = new byte[length];

        // The decoder of the base library lets padding, white space and stray trailing bits pass; encoding again finds all three.
        bool sound = text.Length == Base64Url.GetEncodedLength(length)
            && Base64Url.IsValid(text, out int decoded)
            && decoded == length
            && Base64Url.DecodeFromChars(text, bytes) == length
            && IsTextOf(bytes, text);
        return sound ? bytes : throw new FormatException($"a member is not {length} bytes in base64url without padding");
    }

    private static bool IsTextOf(ReadOnlySpan<byte> bytes, string text)
    {
        Span<char> encoded = text.Length <= LongestOnStack ? stackalloc char[text.Length] : new char[text.Length];
        Base64Url.EncodeToChars(bytes, encoded);
        return text.AsSpan().SequenceEqual(encoded);
    }
}
