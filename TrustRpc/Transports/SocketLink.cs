using System.Net.Sockets;

namespace TrustRpc.Transports;

/// <summary>A link over one socket: TCP and Unix.</summary>
internal abstract class SocketLink(Socket socket, bool blocksReader) : TransportLink
{
    private readonly SocketStream _stream = new(socket, blocksReader);

    public override Stream Stream => _stream;

    public override bool IsEndedByDisposal => true;

    public override Func<bool>? SpinWhile
    {
        set => _stream.SpinWhile = value;
    }

    public override Func<TimeSpan, TimeSpan>? Patience
    {
        set => _stream.Patience = value;
    }

    public override void HalfClose() => _stream.HalfClose();

    public override void Abort() => _stream.Abort();

    public override ValueTask DisposeAsync() => _stream.DisposeAsync();
}
