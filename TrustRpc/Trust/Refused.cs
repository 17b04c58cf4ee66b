using System.Text.Json;

namespace TrustRpc.Trust;

/// <summary>The server's answer in the place of a challenge: it won't serve this client.</summary>
internal sealed record Refused
{
    public const string Unauthenticated = "unauthenticated";
    public const string Version = "version";
    public const string Mode = "mode";
    public const string WrongServer = "wrong_server";
    public const string Busy = "busy";
    public const string Locked = "locked";

    /// <summary>What everyone gets whose first proof does not fit, whatever the reason.</summary>
    public static readonly Refused WrongProof = new() { Code = Unauthenticated, Message = "The proof does not fit." };

    /// <summary>More of a suggested wait does not count.</summary>
    public static readonly TimeSpan LongestRetryAfter = TimeSpan.FromMinutes(1);

    public required string Code { get; init; }

    public required string Message { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    public byte[] Write() => JsonBody.Write(MessageType.Refused, json =>
    {
        json.WriteString("code", Code);
        json.WriteString("message", Message);
        if (RetryAfter is { } wait) json.WriteNumber("retryAfter", (long)wait.TotalMilliseconds);
    });

    /// <exception cref="FormatException">The body is malformed in any way.</exception>
    public static Refused Parse(ReadOnlySpan<byte> body) => Parse(StrictJson.Open(body));

    /// <param name="reader">Of <see cref="StrictJson.Open"/>.</param>
    /// <exception cref="FormatException">A member is missing or not what it has to be.</exception>
    public static Refused Parse(Utf8JsonReader reader)
    {
        string? type = null, code = null, message = null;
        int? retryAfter = null;
        while (StrictJson.NextMember(ref reader) is { } member)
        {
            switch (member)
            {
                case "type": type = StrictJson.ReadText(ref reader); break;
                case "code": code = StrictJson.ReadText(ref reader); break;
                case "message": message = StrictJson.ReadText(ref reader); break;
                case "retryAfter": retryAfter = StrictJson.ReadInteger(ref reader, 0, int.MaxValue); break;
                default: reader.Skip(); break;
            }
        }

        MessageType.Expect(type, MessageType.Refused);
        return new Refused
        {
            Code = code ?? throw new FormatException("the refusal has no code"),
            Message = message ?? throw new FormatException("the refusal has no message"),
            RetryAfter = retryAfter is { } wait ? TimeSpan.FromMilliseconds(Math.Min(wait, LongestRetryAfter.TotalMilliseconds)) : null,
        };
    }
}
