using TrustRpc.Transports;

namespace TrustRpc.Tests.Support;

/// <summary>A transport's link whose bytes pass through a stream of the test's, which may cut them up, or break.</summary>
internal sealed class WrappedLink(TransportLink link, Stream stream) : TransportLink
{
    public override Stream Stream => stream;

    public override TrustChannel Channel => link.Channel;

    public override RpcTransport Transport => link.Transport;

    public override string RemoteAddress => link.RemoteAddress;

    public override ReadOnlyMemory<byte> Certificate => link.Certificate;

    public override void HalfClose() => link.HalfClose();

    public override void Abort() => link.Abort();

    public override ValueTask DisposeAsync() => link.DisposeAsync();
}
