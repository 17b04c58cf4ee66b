using System.Net.Security;

namespace TrustRpc.Transports;

/// <summary>The server's end of a TLS connection.</summary>
internal sealed class TlsServerLink(TcpLink tcp, SslServerAuthenticationOptions authentication, ReadOnlyMemory<byte> certificate) : TlsLink(tcp)
{
    public override ReadOnlyMemory<byte> Certificate => certificate;

    protected override Task AuthenticateAsync(SslStream tls, CancellationToken cancellationToken)
        => tls.AuthenticateAsServerAsync(authentication, cancellationToken);

    protected override Exception Failure(Exception cause)
        => new RpcConnectionException($"The TLS handshake with {RemoteAddress} failed; does the client use tls://? {TransportError.Sentence(cause)}", cause);
}
