using System.Buffers.Text;
using System.Text.Json;

namespace TrustRpc.Trust;

/// <summary>A proof frame: the mac over the transcript so far.</summary>
internal static class ProofMessage
{
    private static ReadOnlySpan<byte> Before => "{\"type\":\"proof\",\"mac\":\""u8;

    private static ReadOnlySpan<byte> After => "\"}"u8;

    public static byte[] Write(ReadOnlySpan<byte> mac)
    {
        int length = Base64Url.GetEncodedLength(mac.Length);
        byte[] body = new byte[Before.Length + length + After.Length];
        Before.CopyTo(body);
        Base64Url.EncodeToUtf8(mac, body.AsSpan(Before.Length));
        After.CopyTo(body.AsSpan(Before.Length + length));
        return body;
    }

    /// <returns>The mac.</returns>
    /// <exception cref="FormatException">The body is malformed in any way.</exception>
    public static byte[] Parse(ReadOnlySpan<byte> body)
    {
        byte[] usual = new byte[Transcript.Size];
        return IsUsual(body, usual) ? usual : ParseAny(body);
    }

    // As everybody writes it who has nothing to add: what decodes to a mac and is written from it again, byte for byte.
    private static bool IsUsual(ReadOnlySpan<byte> body, Span<byte> mac)
        => body.Length == Before.Length + Base64Url.GetEncodedLength(mac.Length) + After.Length
            && Base64Url.IsValid(body[Before.Length..^After.Length], out int length)
            && length == mac.Length
            && Base64Url.DecodeFromUtf8(body[Before.Length..^After.Length], mac) == length
            && body.SequenceEqual(Write(mac));

    private static byte[] ParseAny(ReadOnlySpan<byte> body)
    {
        string? type = null;
        byte[]? mac = null;
        Utf8JsonReader reader = StrictJson.Open(body);
        while (StrictJson.NextMember(ref reader) is { } member)
        {
            switch (member)
            {
                case "type": type = StrictJson.ReadText(ref reader); break;
                case "mac": mac = Base64UrlText.Decode(StrictJson.ReadText(ref reader), Transcript.Size); break;
                default: reader.Skip(); break;
            }
        }

        MessageType.Expect(type, MessageType.Proof);
        return mac ?? throw new FormatException("the proof has no mac");
    }
}
