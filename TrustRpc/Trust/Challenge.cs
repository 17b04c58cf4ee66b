using System.Text.Json;
using TrustRpc.Framing;

namespace TrustRpc.Trust;

/// <summary>The server's answer to a proven hello: who it is and what it chose.</summary>
internal sealed record Challenge
{
    public int Version { get; init; } = Hello.Version;

    public required byte[] Nonce { get; init; }

    public required string ServerName { get; init; }

    /// <summary>Null for a mode that this side does not know.</summary>
    public required HandshakeMode? Mode { get; init; }

    /// <summary>As named; null where the member is absent.</summary>
    public string? Suite { get; init; }

    public byte[]? Share { get; init; }

    /// <summary>32 lower-case hexadecimal digits.</summary>
    public required string Session { get; init; }

    public required int MaxFrame { get; init; }

    public required int MaxCalls { get; init; }

    /// <summary>Milliseconds; 0 = none.</summary>
    public required int KeepAlive { get; init; }

    /// <summary>Features taken.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];

    public byte[] Write() => JsonBody.Write(MessageType.Challenge, json =>
    {
        json.WriteNumber("version", Version);
        json.WriteString("nonce", Base64UrlText.Encode(Nonce));
        json.WriteStartObject("server");
        json.WriteString("name", ServerName);
        json.WriteEndObject();
        json.WriteString("mode", Modes.Name(Mode!.Value));
        json.WriteString("session", Session);
        json.WriteNumber("maxFrame", MaxFrame);
        json.WriteNumber("maxCalls", MaxCalls);
        json.WriteNumber("keepAlive", KeepAlive);
        if (Share is null) return;
        json.WriteString("suite", Suite!);
        json.WriteString("share", Base64UrlText.Encode(Share));
    });

    /// <exception cref="FormatException">The body is malformed in any way.</exception>
    public static Challenge Parse(ReadOnlySpan<byte> body) => Parse(StrictJson.Open(body));

    /// <param name="reader">Of <see cref="StrictJson.Open"/>.</param>
    /// <exception cref="FormatException">A member is missing or not what it has to be.</exception>
    public static Challenge Parse(Utf8JsonReader reader)
    {
        string? type = null, server = null, mode = null, suite = null, session = null;
        int? version = null, maxFrame = null, maxCalls = null, keepAlive = null;
        byte[]? nonce = null, share = null;
        List<string> features = [];
        while (StrictJson.NextMember(ref reader) is { } member)
        {
            switch (member)
            {
                case "type": type = StrictJson.ReadText(ref reader); break;
                case "version": version = StrictJson.ReadInteger(ref reader, int.MinValue, int.MaxValue); break;
                case "nonce": nonce = Base64UrlText.Decode(StrictJson.ReadText(ref reader), HandshakeEntropy.NonceSize); break;
                case "server": server = ReadServer(ref reader); break;
                case "mode": mode = StrictJson.ReadText(ref reader); break;
                case "suite": suite = StrictJson.ReadText(ref reader); break;
                case "share": share = Base64UrlText.Decode(StrictJson.ReadText(ref reader), EphemeralKey.ShareSize); break;
                case "session": session = ReadSession(ref reader); break;
                case "maxFrame": maxFrame = StrictJson.ReadInteger(ref reader, Handshake.SmallestMaxFrame, FrameHeader.LargestBody); break;
                case "maxCalls": maxCalls = StrictJson.ReadInteger(ref reader, 1, int.MaxValue); break;
                case "keepAlive": keepAlive = StrictJson.ReadInteger(ref reader, 0, int.MaxValue); break;
                case "features": features = StrictJson.ReadTexts(ref reader); break;
                default: reader.Skip(); break;
            }
        }

        MessageType.Expect(type, MessageType.Challenge);
        return new Challenge
        {
            Version = version ?? throw Missing("version"),
            Nonce = nonce ?? throw Missing("nonce"),
            ServerName = server ?? throw Missing("server"),
            Mode = Modes.Find(mode ?? throw Missing("mode")),
            Suite = suite,
            Share = share,
            Session = session ?? throw Missing("session"),
            MaxFrame = maxFrame ?? throw Missing("maxFrame"),
            MaxCalls = maxCalls ?? throw Missing("maxCalls"),
            KeepAlive = keepAlive ?? throw Missing("keepAlive"),
            Features = features,
        };
    }

    private static string? ReadServer(ref Utf8JsonReader reader)
    {
        string? name = null;
        StrictJson.ExpectObject(ref reader);
        while (StrictJson.NextMember(ref reader) is { } member)
        {
            if (member == "name")
                name = StrictJson.ReadName(ref reader);
            else
                reader.Skip();
        }

        return name ?? throw Missing("server.name");
    }

    private static string ReadSession(ref Utf8JsonReader reader)
    {
        string session = StrictJson.ReadText(ref reader);
        bool sound = session.Length == 2 * HandshakeEntropy.SessionSize && session.All(char.IsAsciiHexDigitLower);
        return sound ? session : throw new FormatException("the session is not 32 lower-case hexadecimal digits");
    }

    private static FormatException Missing(string member) => new($"the challenge has no {member}");
}
