using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using TrustRpc.Trust;

namespace TrustRpc.Tests.Support;

/// <summary>The worked values of <c>Vectors/handshake.json</c>.</summary>
internal static class HandshakeVectors
{
    private static readonly JsonElement Root = Load("handshake.json");
    private static readonly Dictionary<string, KeySchedule> Keys = [];

    public static IEnumerable<string> Names => Root.GetProperty("handshakes").EnumerateArray().Select(vector => vector.Text("name"));

    public static TheoryData<string> AllHandshakes => [.. Names];

    public static TheoryData<string> SealedHandshakes => [.. Names.Where(name => name.StartsWith("sealed", StringComparison.Ordinal))];

    public static JsonElement Refusal => Root.GetProperty("refusals")[0];

    public static JsonElement Load(string file)
        => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Vectors", file))).RootElement;

    public static HandshakeVector Find(string name)
        => new(Root.GetProperty("handshakes").EnumerateArray().Single(vector => vector.Text("name") == name));

    public static string Text(this JsonElement element, string member) => element.GetProperty(member).GetString()!;

    public static byte[] Hex(this JsonElement element, string member) => Convert.FromHexString(element.Text(member));

    /// <summary>The keys of a secret, stretched once for all tests.</summary>
    public static KeySchedule KeysOf(string trustId)
    {
        lock (Keys)
        {
            if (!Keys.TryGetValue(trustId, out KeySchedule? keys)) Keys[trustId] = keys = TrustId.Parse(trustId).Keys;
            return keys;
        }
    }
}

/// <summary>One handshake of the vectors, and the two roles set up so that they make exactly its bytes.</summary>
internal sealed class HandshakeVector(JsonElement json)
{
    public JsonElement Json => json;

    public bool IsSealed => json.Text("mode") == "sealed";

    public CipherSuite? Suite => IsSealed ? Suites.Find(json.Text("suite")) : null;

    public KeySchedule Keys => HandshakeVectors.KeysOf(json.Text("trustId"));

    public IReadOnlyList<VectorFrame> Frames { get; } = [.. json.GetProperty("frames").EnumerateArray().Select(VectorFrame.From)];

    public Hello Hello => Hello.Parse(Frames[0].Body);

    public Challenge Challenge => Challenge.Parse(Frames[2].Body);

    public ClientHandshake CreateClient() => new(ClientSettings, Entropy("client"));

    public ServerHandshake CreateServer() => new(ServerSettings, Entropy("server"));

    public ClientHandshakeSettings ClientSettings
    {
        get
        {
            Hello hello = Hello;
            return new ClientHandshakeSettings
            {
                Keys = Keys,
                ClientId = hello.ClientId,
                ClientName = hello.ClientName,
                ServerName = hello.Server,
                Channel = hello.Channel,
                Binding = json.Hex("channelBinding"),
                Modes = hello.Modes,
                Suites = hello.Suites,
            };
        }
    }

    public ServerHandshakeSettings ServerSettings
    {
        get
        {
            (Hello hello, Challenge challenge) = (Hello, Challenge);
            return new ServerHandshakeSettings
            {
                Keys = [Keys],
                ServerName = challenge.ServerName,
                Channel = hello.Channel,
                TlsBinding = hello.Channel == TrustChannel.Tls ? json.Hex("channelBinding") : null,
                Modes = [challenge.Mode!.Value],
                Suites = Suite is { } suite ? [suite] : [],
                MaxFrame = challenge.MaxFrame,
                MaxCalls = challenge.MaxCalls,
                KeepAlive = TimeSpan.FromMilliseconds(challenge.KeepAlive),
            };
        }
    }

    public HandshakeEntropy Entropy(string role) => new FixedEntropy
    {
        Nonce = json.Hex($"{role}Nonce"),
        Session = Convert.FromHexString(Challenge.Session),
        Private = IsSealed ? json.Hex($"{role}Private") : null,
        Share = IsSealed ? json.Hex($"{role}Share") : null,
    };
}

internal sealed record VectorFrame(bool FromClient, byte[] Body, byte[] Transcript)
{
    public static VectorFrame From(JsonElement frame)
        => new(frame.Text("from") == "C", Encoding.UTF8.GetBytes(frame.Text("body")), frame.Hex("transcript"));
}

/// <summary>Hands out given values, so that a handshake repeats to the byte.</summary>
internal sealed class FixedEntropy : HandshakeEntropy
{
    public required byte[] Nonce { get; init; }

    public byte[] Session { get; init; } = new byte[SessionSize];

    public byte[]? Private { get; init; }

    public byte[]? Share { get; init; }

    public int GivenBack { get; private set; }

    public override byte[] CreateNonce() => Nonce;

    public override byte[] CreateSession() => Session;

    public override EphemeralKey CreateKey() => new(ECDiffieHellman.Create(new ECParameters
    {
        Curve = ECCurve.NamedCurves.nistP256,
        D = Private,
        Q = new ECPoint { X = Share![1..33], Y = Share[33..] },
    }));

    public override void GiveBackUnused(EphemeralKey key)
    {
        GivenBack++;
        key.Dispose();
    }
}
