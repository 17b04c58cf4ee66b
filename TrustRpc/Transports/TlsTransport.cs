using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;

namespace TrustRpc.Transports;

/// <summary><c>tls://host:port</c>: TLS 1.2 or 1.3 over TCP, without resumption, so that the certificate of every connection is seen in it.</summary>
internal static class TlsTransport
{
    public static ValueTask<IStreamListener> ListenAsync(RpcEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken)
    {
        ServerCertificate certificate = options.Certificate
            ?? throw TransportError.CannotListen(endpoint, "a server certificate is needed: RpcServerOptions.Certificate, by ServerCertificate.FromPem(...), FromPfx(...) or SelfSigned(); --certificate of the programs.");
        if (CertificateFile.WhyUnusable(certificate) is { } why)
            throw TransportError.CannotListen(endpoint, $"the server certificate cannot be used: {why}");
        SslServerAuthenticationOptions authentication = Authentication(endpoint, certificate);
        ReadOnlyMemory<byte> leaf = certificate.Leaf.RawDataMemory;
        return TcpTransport.ListenAsync(endpoint, options, tcp => new TlsServerLink(tcp, authentication, leaf), cancellationToken);
    }

    public static async ValueTask<TransportLink> ConnectAsync(RpcEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken)
    {
        TcpLink tcp = await TcpTransport.ConnectTcpAsync(endpoint, options, cancellationToken).ConfigureAwait(false);
        return new TlsClientLink(tcp, endpoint, options);
    }

    // Made once: building the chain for each connection is the dearest part of accepting one.
    private static SslServerAuthenticationOptions Authentication(RpcEndpoint endpoint, ServerCertificate certificate)
    {
        try
        {
            return new SslServerAuthenticationOptions
            {
                ServerCertificateContext = SslStreamCertificateContext.Create(certificate.Leaf, [.. certificate.Intermediates], offline: true),
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                AllowTlsResume = false,
                AllowRenegotiation = false,
            };
        }
        catch (Exception e) when (e is CryptographicException or NotSupportedException or AuthenticationException)
        {
            throw TransportError.CannotListen(endpoint, $"the server certificate cannot be used: {TransportError.Sentence(e)}", e);
        }
    }
}
