using System.Text;
using System.Text.Json;
using TrustRpc.Tests.Support;
using TrustRpc.Trust;

namespace TrustRpc.Tests.Conformance;

/// <summary>Every value of <c>Vectors/handshake.json</c>, in both roles (docs/PROTOCOL.md, sections 3 and 4).</summary>
public class HandshakeVectorTests
{
    [Theory, MemberData(nameof(HandshakeVectors.AllHandshakes), MemberType = typeof(HandshakeVectors))]
    public void Keys_are_derived_from_the_secret(string name)
    {
        HandshakeVector vector = HandshakeVectors.Find(name);
        string secret = SecretText.Normalise(vector.Json.Text("trustId"), "the vector");
        byte[] material = KeySchedule.KeyMaterial(secret);
        Assert.Equal(vector.Json.Hex("keyMaterial"), material);
        Assert.Equal(vector.Json.Hex("psk"), KeySchedule.PreSharedKey(material));
        Assert.Equal(vector.Json.Hex("clientProofKey"), vector.Keys.ClientProofKey.Bytes);
        Assert.Equal(vector.Json.Hex("serverProofKey"), vector.Keys.ServerProofKey.Bytes);
        Assert.Equal(vector.Json.Hex("sessionKey"), vector.Keys.SessionKey);
    }

    [Theory, MemberData(nameof(HandshakeVectors.AllHandshakes), MemberType = typeof(HandshakeVectors))]
    public void The_transcript_absorbs_every_frame_and_the_binding(string name)
    {
        HandshakeVector vector = HandshakeVectors.Find(name);
        Transcript transcript = new();
        Assert.Equal(vector.Json.Hex("transcript0"), transcript.Hash);
        for (int i = 0; i < vector.Frames.Count; i++)
        {
            VectorFrame frame = vector.Frames[i];
            if (MessageType.Of(frame.Body) == MessageType.Proof)
            {
                ProofKey key = frame.FromClient ? vector.Keys.ClientProofKey : vector.Keys.ServerProofKey;
                Assert.Equal(ProofMessage.Parse(frame.Body), transcript.Prove(key));
            }

            Absorb(transcript, frame);
            Assert.Equal(frame.Transcript, transcript.Hash);
            if (i != 1) continue;
            transcript.AbsorbBinding(vector.Json.Hex("channelBinding"));
            Assert.Equal(vector.Json.Hex("transcriptAfterBinding"), transcript.Hash);
        }
    }

    [Theory, MemberData(nameof(HandshakeVectors.AllHandshakes), MemberType = typeof(HandshakeVectors))]
    public void The_client_makes_the_same_bytes(string name)
    {
        HandshakeVector vector = HandshakeVectors.Find(name);
        using ClientHandshake client = vector.CreateClient();
        Assert.Equal(vector.Frames.Take(2).Select(Text), client.TakeOutput().Select(Text));
        client.ReceiveAll(vector.Frames[2].Body, vector.Frames[3].Body);
        Assert.Null(client.Failure);
        Assert.False(client.IsOutputSealed);
        Assert.Equal([Text(vector.Frames[4])], client.TakeOutput().Select(Text));
        client.ReceiveAll(vector.Frames[5].Body, vector.Frames[6].Body);
        Assert.Null(client.Failure);
        Assert.True(client.IsComplete);
        CheckSecrets(vector, client.Secrets);
    }

    [Theory, MemberData(nameof(HandshakeVectors.AllHandshakes), MemberType = typeof(HandshakeVectors))]
    public void The_server_makes_the_same_bytes(string name)
    {
        HandshakeVector vector = HandshakeVectors.Find(name);
        using ServerHandshake server = vector.CreateServer();
        server.ReceiveAll(vector.Frames[0].Body, vector.Frames[1].Body);
        Assert.Null(server.Failure);
        Assert.Equal(vector.Frames.Skip(2).Take(2).Select(Text), server.TakeOutput().Select(Text));
        Assert.False(server.IsComplete);
        server.ReceiveAll(vector.Frames[4].Body);
        Assert.Null(server.Failure);
        Assert.True(server.IsComplete);
        Assert.Equal(vector.IsSealed, server.IsOutputSealed);
        Assert.Equal(vector.Frames.Skip(5).Select(Text), server.TakeOutput().Select(Text));
        CheckSecrets(vector, server.Secrets);
    }

    [Theory, MemberData(nameof(HandshakeVectors.SealedHandshakes), MemberType = typeof(HandshakeVectors))]
    public void The_root_key_follows_from_the_shared_point(string name)
    {
        HandshakeVector vector = HandshakeVectors.Find(name);
        using EphemeralKey clientKey = vector.Entropy("client").CreateKey();
        using EphemeralKey serverKey = vector.Entropy("server").CreateKey();
        using var serverShare = EphemeralKey.ImportShare(serverKey.Share);
        Assert.Equal(vector.Json.Hex("clientShare"), clientKey.Share);
        byte[] shared = clientKey.Agree(serverShare);
        Assert.Equal(vector.Json.Hex("sharedX"), shared);
        Assert.Equal(vector.Json.Hex("rootKey"), SessionSecrets.RootKey(vector.Frames[4].Transcript, vector.Keys.SessionKey, shared));
    }

    [Fact]
    public void A_version_that_the_server_does_not_speak_is_refused_with_a_proof()
    {
        JsonElement vector = HandshakeVectors.Refusal;
        VectorFrame[] frames = [.. vector.GetProperty("frames").EnumerateArray().Select(VectorFrame.From)];
        using ServerHandshake server = new(
            HandshakeVectors.Find("plain").ServerSettings with { Keys = [HandshakeVectors.KeysOf(vector.Text("trustId"))] },
            new FixedEntropy { Nonce = new byte[32] });
        server.ReceiveAll(frames[0].Body, frames[1].Body);
        Assert.Equal(TrustFailure.VersionRefused, server.Failure?.Failure);
        Assert.Equal(frames.Skip(2).Select(Text), server.TakeOutput().Select(Text));
    }

    [Fact]
    public void The_transcript_of_the_refusal_is_the_one_of_the_vector()
    {
        Transcript transcript = new();
        int index = 0;
        foreach (VectorFrame frame in HandshakeVectors.Refusal.GetProperty("frames").EnumerateArray().Select(VectorFrame.From))
        {
            Absorb(transcript, frame);
            Assert.Equal(frame.Transcript, transcript.Hash);
            if (index++ != 1) continue;
            transcript.AbsorbBinding([]);
            Assert.Equal(HandshakeVectors.Refusal.Hex("transcriptAfterBinding"), transcript.Hash);
        }
    }

    [Fact]
    public void Fingerprints_are_those_of_the_vector_file()
    {
        foreach (JsonElement vector in HandshakeVectors.Load("fingerprint.json").GetProperty("fingerprints").EnumerateArray())
            Assert.Equal(vector.Text("fingerprint"), HandshakeVectors.KeysOf(vector.Text("trustId")).Fingerprint);
    }

    private static void CheckSecrets(HandshakeVector vector, SessionSecrets? secrets)
    {
        Assert.Equal(vector.IsSealed, secrets is not null);
        if (secrets is null) return;
        JsonElement directions = vector.Json.GetProperty("directions");
        Assert.Equal(vector.Suite, secrets.Suite);
        Assert.Equal(directions.GetProperty("c2s").Hex("secret"), secrets.ClientToServer);
        Assert.Equal(directions.GetProperty("s2c").Hex("secret"), secrets.ServerToClient);
    }

    private static void Absorb(Transcript transcript, VectorFrame frame)
    {
        if (frame.FromClient)
            transcript.AbsorbFromClient(frame.Body);
        else
            transcript.AbsorbFromServer(frame.Body);
    }

    private static string Text(VectorFrame frame) => Text(frame.Body);

    private static string Text(byte[] body) => Encoding.UTF8.GetString(body);
}
