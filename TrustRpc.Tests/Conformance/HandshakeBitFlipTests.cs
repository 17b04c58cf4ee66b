using System.Text.Json;
using TrustRpc.Tests.Support;
using TrustRpc.Trust;

namespace TrustRpc.Tests.Conformance;

/// <summary>Not one bit of a handshake can change on the way without its receiver noticing.</summary>
public class HandshakeBitFlipTests
{
    [Theory, MemberData(nameof(HandshakeVectors.AllHandshakes), MemberType = typeof(HandshakeVectors))]
    public void The_server_refuses_every_flipped_bit_of_what_a_client_sends(string name)
    {
        HandshakeVector vector = HandshakeVectors.Find(name);
        VectorFrame[] fromClient = [.. vector.Frames.Where(frame => frame.FromClient)];

        // The server's own key pair is made once: what is flipped in the last proof does not reach it.
        foreach ((int frame, byte[][] bodies) in Flips(fromClient))
        {
            using ServerHandshake server = vector.CreateServer();
            server.ReceiveAll(bodies);
            Assert.False(server.IsComplete);
            Assert.NotNull(server.Failure);
            if (frame == 0) AssertUniformRefusal(server);
        }
    }

    [Theory, MemberData(nameof(HandshakeVectors.AllHandshakes), MemberType = typeof(HandshakeVectors))]
    public void The_client_refuses_every_flipped_bit_of_what_a_server_sends(string name)
    {
        HandshakeVector vector = HandshakeVectors.Find(name);
        VectorFrame[] fromServer = [.. vector.Frames.Where(frame => !frame.FromClient)];
        foreach ((_, byte[][] bodies) in Flips(fromServer))
        {
            using ClientHandshake client = vector.CreateClient();
            client.ReceiveAll(bodies);
            Assert.False(client.IsComplete);
            Assert.NotNull(client.Failure);
        }
    }

    [Fact]
    public void The_server_refuses_every_flipped_bit_of_what_it_would_have_refused_with_a_proof()
    {
        JsonElement vector = HandshakeVectors.Refusal;
        VectorFrame[] fromClient = [.. vector.GetProperty("frames").EnumerateArray().Select(VectorFrame.From).Where(frame => frame.FromClient)];
        ServerHandshakeSettings settings = HandshakeVectors.Find("plain").ServerSettings with { Keys = [HandshakeVectors.KeysOf(vector.Text("trustId"))] };
        foreach ((int frame, byte[][] bodies) in Flips(fromClient))
        {
            using ServerHandshake server = new(settings, new FixedEntropy { Nonce = new byte[32] });
            server.ReceiveAll(bodies);
            if (frame == 0)
                AssertUniformRefusal(server);
            else
                Assert.NotEqual(TrustFailure.VersionRefused, server.Failure!.Failure);
        }
    }

    [Fact]
    public void The_client_takes_no_refusal_with_a_flipped_bit_for_the_servers()
    {
        HandshakeVector vector = HandshakeVectors.Find("plain");
        ServerHandshakeSettings settings = vector.ServerSettings with { Admit = static (_, _) => TrustRefusal.Busy("Come back.", TimeSpan.FromSeconds(3)) };
        using ServerHandshake server = new(settings, vector.Entropy("server"));
        server.ReceiveAll(vector.Frames[0].Body, vector.Frames[1].Body);
        VectorFrame[] refusal = [.. server.TakeOutput().Select(body => new VectorFrame(FromClient: false, body, []))];

        Assert.True(Failure([.. refusal.Select(frame => frame.Body)]).Proven);
        foreach ((_, byte[][] bodies) in Flips(refusal))
        {
            TrustException failure = Failure(bodies);
            Assert.False(failure.Proven);
            Assert.Null(failure.RetryAfter);
        }

        TrustException Failure(byte[][] bodies)
        {
            using ClientHandshake client = vector.CreateClient();
            client.ReceiveAll(bodies);
            Assert.False(client.IsComplete);
            return client.Failure!;
        }
    }

    private static void AssertUniformRefusal(ServerHandshake server)
    {
        Assert.Equal(TrustFailure.SecretDiffers, server.Failure!.Failure);
        Assert.Equal([.. Refused.WrongProof.Write()], Assert.Single(server.TakeOutput()));
    }

    private static IEnumerable<(int Frame, byte[][] Bodies)> Flips(VectorFrame[] frames)
    {
        for (int frame = 0; frame < frames.Length; frame++)
        {
            for (int bit = 0; bit < frames[frame].Body.Length * 8; bit++)
            {
                byte[][] bodies = [.. frames.Select(sent => sent.Body)];
                bodies[frame] = [.. bodies[frame]];
                bodies[frame][bit / 8] ^= (byte)(1 << (bit % 8));
                yield return (frame, bodies);
            }
        }
    }
}
