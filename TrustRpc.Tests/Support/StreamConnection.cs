using TrustRpc.Connections;

namespace TrustRpc.Tests.Support;

/// <summary>A connection right on a stream, without a handshake: what an <see cref="RpcConnection"/> asks of what lies below it.</summary>
internal sealed class StreamConnection(Stream stream) : IConnectionLink
{
    public Stream Stream => stream;

    public Func<TimeSpan, TimeSpan>? Patience { get; set; }

    /// <summary>True once this side has said that nothing follows.</summary>
    public bool HasEndedWriting { get; private set; }

    public static RpcConnection Create(Stream stream, RpcServices services, ConnectionSettings settings)
    {
        RpcPeer peer = new() { Id = "peer", Name = "peer", Session = new string('0', 32) };
        return new RpcConnection(new StreamConnection(stream), peer, services, settings);
    }

    public ValueTask EndWritingAsync()
    {
        HasEndedWriting = true;
        (stream as DuplexStream)?.CompleteWriting();
        return default;
    }

    public void Abort() => stream.Dispose();

    public ValueTask DisposeAsync() => stream.DisposeAsync();
}
