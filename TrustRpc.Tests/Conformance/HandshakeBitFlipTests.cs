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
