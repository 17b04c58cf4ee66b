namespace TrustRpc.Framing;

/// <summary>The peer's bytes are no frames: a refused header, or an end of stream inside a frame. The byte stream cannot be used further.</summary>
internal sealed class FrameException(string message) : IOException(message);
