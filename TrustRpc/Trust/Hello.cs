using System.Text.Json;
using TrustRpc.Framing;

namespace TrustRpc.Trust;

/// <summary>The client's first message: who it is and what it offers.</summary>
internal sealed record Hello
{
    public const int Version = 1;

    /// <summary>Whether <see cref="Version"/> is among the versions offered.</summary>
    public bool OffersOurVersion { get; init; } = true;

    public required byte[] Nonce { get; init; }

    public required string ClientId { get; init; }

    public required string ClientName { get; init; }

    public required TrustChannel Channel { get; init; }

    /// <summary>The known ones, best first.</summary>
    public required IReadOnlyList<HandshakeMode> Modes { get; init; }

    /// <summary>The known ones, best first.</summary>
    public IReadOnlyList<CipherSuite> Suites { get; init; } = [];

    public byte[]? Share { get; init; }

    /// <summary>The server's name that the client insists on.</summary>
    public string? Server { get; init; }

    public int? MaxFrame { get; init; }

    public byte[] Write() => JsonBody.Write(MessageType.Hello, json =>
    {
        json.WriteStartArray("versions");
        json.WriteNumberValue(Version);
        json.WriteEndArray();
        json.WriteString("nonce", Base64UrlText.Encode(Nonce));
        json.WriteStartObject("client");
        json.WriteString("id", ClientId);
        json.WriteString("name", ClientName);
        json.WriteEndObject();
        json.WriteString("channel", Trust.Modes.Name(Channel));
        if (Server is not null) json.WriteString("server", Server);
        json.WriteStartArray("modes");
        for (int i = 0; i < Modes.Count; i++)
            json.WriteStringValue(Trust.Modes.Name(Modes[i]));
        json.WriteEndArray();
        if (Share is not null)
        {
            json.WriteStartArray("suites");
            for (int i = 0; i < Suites.Count; i++)
                json.WriteStringValue(Trust.Suites.Name(Suites[i]));
            json.WriteEndArray();
            json.WriteString("share", Base64UrlText.Encode(Share));
        }

        if (MaxFrame is { } maxFrame) json.WriteNumber("maxFrame", maxFrame);
    });

    /// <exception cref="FormatException">The body is malformed in any way.</exception>
    public static Hello Parse(ReadOnlySpan<byte> body)
    {
        string? type = null, id = null, name = null, server = null;
        bool? version = null;
        byte[]? nonce = null, share = null;
        TrustChannel? channel = null;
        List<string>? modes = null, suites = null;
        int? maxFrame = null;
        Utf8JsonReader reader = StrictJson.Open(body);
        while (StrictJson.NextMember(ref reader) is { } member)
        {
            switch (member)
            {
                case "type": type = StrictJson.ReadText(ref reader); break;
                case "versions": version = StrictJson.ReadIntegersContain(ref reader, Version); break;
                case "nonce": nonce = Base64UrlText.Decode(StrictJson.ReadText(ref reader), HandshakeEntropy.NonceSize); break;
                case "client": (id, name) = ReadClient(ref reader); break;
                case "channel": channel = ReadChannel(ref reader); break;
                case "modes": modes = StrictJson.ReadTexts(ref reader); break;
                case "suites": suites = StrictJson.ReadTexts(ref reader); break;
                case "share": share = Base64UrlText.Decode(StrictJson.ReadText(ref reader), EphemeralKey.ShareSize); break;
                case "server": server = StrictJson.ReadText(ref reader); break;
                case "maxFrame": maxFrame = StrictJson.ReadInteger(ref reader, Handshake.SmallestMaxFrame, FrameHeader.LargestBody); break;
                case "features": StrictJson.ReadTexts(ref reader); break;
                default: reader.Skip(); break;
            }
        }

        MessageType.Expect(type, MessageType.Hello);
        Hello hello = new()
        {
            OffersOurVersion = version ?? throw Missing("versions"),
            Nonce = nonce ?? throw Missing("nonce"),
            ClientId = id ?? throw Missing("client"),
            ClientName = name ?? throw Missing("client"),
            Channel = channel ?? throw Missing("channel"),
            Modes = [.. (modes ?? throw Missing("modes")).Select(Trust.Modes.Find).OfType<HandshakeMode>()],
            Suites = [.. (suites ?? []).Select(Trust.Suites.Find).OfType<CipherSuite>()],
            Share = share,
            Server = server,
            MaxFrame = maxFrame,
        };
        if (hello.Modes.Contains(HandshakeMode.Sealed) && (suites is null || share is null)) throw Missing("suites or share");
        return hello;
    }

    private static (string Id, string Name) ReadClient(ref Utf8JsonReader reader)
    {
        string? id = null, name = null;
        StrictJson.ExpectObject(ref reader);
        while (StrictJson.NextMember(ref reader) is { } member)
        {
            switch (member)
            {
                case "id": id = StrictJson.ReadName(ref reader); break;
                case "name": name = StrictJson.ReadName(ref reader); break;
                default: reader.Skip(); break;
            }
        }

        return (id ?? throw Missing("client.id"), name ?? throw Missing("client.name"));
    }

    private static TrustChannel ReadChannel(ref Utf8JsonReader reader)
        => Trust.Modes.FindChannel(StrictJson.ReadText(ref reader)) ?? throw new FormatException("the channel is unknown");

    private static FormatException Missing(string member) => new($"the hello has no {member}");
}
