using TrustRpc.Transports;

namespace TrustRpc.Hosting;

/// <summary>A duplex stream that the program handed in, as a link: nothing is known of where it leads.</summary>
internal sealed class StreamLink(Stream stream) : TransportLink
{
    public override Stream Stream => stream;

    public override TrustChannel Channel => TrustChannel.Other;

    public override RpcTransport Transport => RpcTransport.Stream;

    public override string RemoteAddress => "stream";

    public override void Abort()
    {
        try
        {
            stream.Dispose();
        }
        catch (Exception)
        {
            // The program's own stream: whatever it cannot do when it is closed, nobody is left to be told.
        }
    }

    public override ValueTask DisposeAsync() => stream.DisposeAsync();
}
