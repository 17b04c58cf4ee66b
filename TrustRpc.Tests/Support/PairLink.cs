using TrustRpc.Transports;

namespace TrustRpc.Tests.Support;

/// <summary>One end of a <see cref="DuplexPair"/> as a transport's link, which a socket's is in memory.</summary>
/// <param name="end">The end, for closing one direction.</param>
/// <param name="stream">The end, or what is wrapped around it.</param>
internal sealed class PairLink(DuplexStream end, Stream stream) : TransportLink
{
    public override Stream Stream => stream;

    public override TrustChannel Channel => TrustChannel.Other;

    public override RpcTransport Transport => RpcTransport.Tcp;

    public override string RemoteAddress => "memory";

    public override void HalfClose() => end.CompleteWriting();

    public override void Abort() => stream.Dispose();

    public override ValueTask DisposeAsync() => stream.DisposeAsync();
}
