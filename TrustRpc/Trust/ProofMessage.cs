using System.Buffers.Text;
using System.Text.Json;

namespace TrustRpc.Trust;

/// <summary>A proof frame: the mac over the transcript so far.</summary>
internal static class ProofMessage
{
    public static byte[] Write(ReadOnlySpan<byte> mac)
    {
        ReadOnlySpan<byte> before = "{\"type\":\"proof\",\"mac\":\""u8;
        ReadOnlySpan<byte> after = "\"}"u8;
        int length = Base64Url.GetEncodedLength(mac.Length);
        byte[] body = new byte[before.Length + length + after.Length];
        before.CopyTo(body);
        Base64Url.EncodeToUtf8(mac, body.AsSpan(before.Length));
        after.CopyTo(body.AsSpan(before.Length + length));
        return body;
    }

    /// <returns>The mac.</returns>
    /// <exception cref="FormatException">The body is malformed in any way.</exception>
    public static byte[] Parse(ReadOnlySpan<byte> body)
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
