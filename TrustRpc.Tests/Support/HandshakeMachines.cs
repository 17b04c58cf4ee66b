using TrustRpc.Framing;
using TrustRpc.Trust;

namespace TrustRpc.Tests.Support;

/// <summary>Drives the pure handshakes in tests.</summary>
internal static class HandshakeMachines
{
    /// <summary>Takes the bodies of the frames that a role wants to send.</summary>
    public static List<byte[]> TakeOutput(this Handshake handshake)
    {
        List<byte[]> bodies = [];
        ReadOnlySpan<byte> output = handshake.Output.Span;
        while (!output.IsEmpty)
        {
            (byte kind, int length) = FrameHeader.Read(output);
            Assert.Equal(FrameHeader.Json, kind);
            bodies.Add(output.Slice(FrameHeader.Size, length).ToArray());
            output = output[(FrameHeader.Size + length)..];
        }

        handshake.ClearOutput();
        return bodies;
    }

    /// <summary>Lets the two talk until neither has anything to say or one has failed.</summary>
    public static void Run(ClientHandshake client, ServerHandshake server)
    {
        bool isMoving = true;
        while (isMoving)
            isMoving = Pass(client, server) | Pass(server, client);
    }

    /// <summary>Gives a role bodies until it has failed or is complete.</summary>
    public static void ReceiveAll(this Handshake handshake, params IEnumerable<byte[]> bodies)
    {
        foreach (byte[] body in bodies)
        {
            if (handshake.Failure is not null || handshake.IsComplete) return;
            handshake.Receive(body);
        }
    }

    private static bool Pass(Handshake from, Handshake to)
    {
        List<byte[]> bodies = from.TakeOutput();
        to.ReceiveAll(bodies);
        return bodies.Count > 0;
    }
}
