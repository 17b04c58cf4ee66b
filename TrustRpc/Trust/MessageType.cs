using System.Text.Json;

namespace TrustRpc.Trust;

/// <summary>The types of handshake messages (section 3.3) and how a body's type is told.</summary>
internal static class MessageType
{
    public const string Hello = "hello";
    public const string Challenge = "challenge";
    public const string Proof = "proof";
    public const string Welcome = "welcome";
    public const string Refused = "refused";

    /// <exception cref="FormatException">The body is not sound or has no type.</exception>
    public static string Of(ReadOnlySpan<byte> body) => Of(StrictJson.Open(body));

    /// <param name="reader">Of <see cref="StrictJson.Open"/>.</param>
    /// <exception cref="FormatException">The body has no type.</exception>
    public static string Of(Utf8JsonReader reader)
    {
        while (StrictJson.NextMember(ref reader) is { } name)
        {
            if (name == "type") return StrictJson.ReadText(ref reader);
            reader.Skip();
        }

        throw new FormatException("the body has no type");
    }

    public static void Expect(string? type, string expected)
    {
        if (type != expected) throw new FormatException($"a {expected} was expected");
    }
}
