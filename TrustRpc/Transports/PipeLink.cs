using System.IO.Pipes;

namespace TrustRpc.Transports;

/// <summary>One connection over a named pipe of Windows.</summary>
internal sealed class PipeLink(PipeStream pipe, TrustChannel channel) : TransportLink
{
    public override Stream Stream => pipe;

    public override TrustChannel Channel => channel;

    public override RpcTransport Transport => RpcTransport.Pipe;

    public override string RemoteAddress => "pipe";

    // A pipe has no half-close and no shutdown: closing it is what ends reads and writes under way.
    public override void Abort() => pipe.Dispose();

    public override ValueTask DisposeAsync() => pipe.DisposeAsync();
}
