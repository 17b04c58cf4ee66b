using System.Net.Security;
using System.Security.Authentication;

namespace TrustRpc.Transports;

/// <summary><c>tls://host:port</c>: TLS 1.2 or 1.3 over TCP, without resumption, so that the certificate of every connection is seen in it.</summary>
internal static class TlsTransport
{
    public static ValueTask<IStreamListener> ListenAsync(RpcEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken)
    {
        ServerCertificate certificate = options.Certificate
            ?? throw TransportError.CannotListen(endpoint, "a server certificate is needed (a PFX file, or a PEM certificate and its key).");
        if (!certificate.Leaf.HasPrivateKey)
            throw TransportError.CannotListen(endpoint, "the server certificate comes without its private key.");

        // Made once: building the chain for each connection is the dearest part of accepting one.
        var authentication = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate.Leaf, [.. certificate.Intermediates], offline: true),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            AllowTlsResume = false,
            AllowRenegotiation = false,
        };
        return TcpTransport.ListenAsync(endpoint, options, tcp => new TlsServerLink(tcp, authentication, certificate.Leaf.RawDataMemory), cancellationToken);
    }

    public static async ValueTask<TransportLink> ConnectAsync(RpcEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken)
    {
        TcpLink tcp = await TcpTransport.ConnectTcpAsync(endpoint, options, cancellationToken).ConfigureAwait(false);
        return new TlsClientLink(tcp, endpoint, options);
    }
}
