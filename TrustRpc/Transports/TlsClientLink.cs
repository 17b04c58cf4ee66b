using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TrustRpc.Transports;

/// <summary>The client's end of a TLS connection: takes the pinned certificate, a trusted one, or any, whose owner the handshake then proves.</summary>
internal sealed class TlsClientLink(TcpLink tcp, RpcEndpoint endpoint, TransportOptions options) : TlsLink(tcp)
{
    private byte[] _certificate = [];
    private string? _refusal;

    public override ReadOnlyMemory<byte> Certificate => _certificate;

    protected override Task AuthenticateAsync(SslStream tls, CancellationToken cancellationToken)
        => tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = endpoint.Host,
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                AllowTlsResume = false,
                AllowRenegotiation = false,
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                CertificateChainPolicy = ChainPolicy(),
                RemoteCertificateValidationCallback = (_, certificate, _, errors) => Takes(certificate, errors),
            },
            cancellationToken);

    protected override Exception Failure(Exception cause)
        => _refusal is not null
            ? new TrustException(TrustFailure.WrongServer, $"Not connected to {endpoint}: {_refusal}", cause)
            : TransportError.CannotConnect(endpoint, $"the TLS handshake failed; does the server listen with tls:// there? {TransportError.Sentence(cause)}", cause);

    /// <summary>Unless the chain counts, nothing is fetched from elsewhere to complete it.</summary>
    private X509ChainPolicy? ChainPolicy()
        => IsChainDecisive ? null : new X509ChainPolicy { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck };

    private bool IsChainDecisive => options.RequireTrustedCertificate && options.PinnedCertificateSha256 is null;

    private bool Takes(X509Certificate? certificate, SslPolicyErrors errors)
    {
        _certificate = certificate?.GetRawCertData() ?? [];
        _refusal = certificate is null ? "the server presented no certificate."
            : options.PinnedCertificateSha256 is { } pin ? WhyNotPinned(pin)
            : IsChainDecisive && errors != SslPolicyErrors.None ? $"this system does not trust the server's certificate ({Explain(errors)})."
            : null;
        return _refusal is null;
    }

    private string? WhyNotPinned(byte[] pin)
    {
        byte[] presented = SHA256.HashData(_certificate);
        return CryptographicOperations.FixedTimeEquals(presented, pin)
            ? null
            : $"the server's certificate is not the pinned one; it has the SHA-256 {Convert.ToHexString(presented)}.";
    }

    private string Explain(SslPolicyErrors errors)
        => errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) ? $"it is not for {endpoint.Host}" : "its chain leads to no trusted root, or is not valid now";
}
