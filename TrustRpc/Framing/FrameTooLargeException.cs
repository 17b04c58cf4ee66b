namespace TrustRpc.Framing;

/// <summary>What was to be sent does not fit a frame of the size that the handshake agreed on. Nothing was sent.</summary>
internal sealed class FrameTooLargeException(int maxBody) : Exception($"a message may have {maxBody} bytes on this connection (MaxFrameLength), and this one has more.");
