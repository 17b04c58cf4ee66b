using System.Security.Cryptography.X509Certificates;
using TrustRpc.Transports;
using TrustRpc.Trust;

namespace TrustRpc;

/// <summary>
/// The certificate of a <c>tls://</c> server, for <see cref="RpcServerOptions.Certificate"/>: from files, from elsewhere, or made on the spot. Immutable. Whoever makes it disposes it, after
/// the servers that use it.
/// </summary>
public sealed class ServerCertificate : IDisposable
{
    /// <summary>Takes certificates from elsewhere, such as the system's store.</summary>
    /// <param name="leaf">The server's own, with its private key; owned from here on.</param>
    /// <param name="intermediates">The certificates between it and its root, which are sent along; null = none. Owned from here on.</param>
    /// <exception cref="ArgumentException"><paramref name="leaf"/> is disposed or has no private key, or <paramref name="intermediates"/> holds a null or a disposed one.</exception>
    public ServerCertificate(X509Certificate2 leaf, IEnumerable<X509Certificate2>? intermediates = null)
    {
        ArgumentNullException.ThrowIfNull(leaf);
        Leaf = leaf;
        Intermediates = [.. intermediates ?? []];
        if (CertificateFile.WhyUnusable(this) is { } why)
        {
            throw new ArgumentException($"The certificate cannot be a server's: {why}", Intermediates.Any(CertificateFile.IsGone) ? nameof(intermediates) : nameof(leaf));
        }
    }

    /// <summary>The server's own certificate, with its private key.</summary>
    public X509Certificate2 Leaf { get; }

    /// <summary>The certificates between the server's and its root, which are sent along.</summary>
    public IReadOnlyList<X509Certificate2> Intermediates { get; }

    /// <summary>Loads a PFX (PKCS #12) file: the certificate that has a private key, and the others as its intermediates.</summary>
    /// <param name="path">The file.</param>
    /// <param name="password">Its password; null = none.</param>
    /// <returns>The certificate, to be disposed by the caller.</returns>
    /// <exception cref="RpcConnectionException">It cannot be used; the message says why, and never the password.</exception>
    public static ServerCertificate FromPfx(string path, string? password = null) => CertificateFile.LoadPfx(path, password);

    /// <summary>Loads a certificate, its intermediates after it if there are any, and its unencrypted private key in PEM form; all may be in one file.</summary>
    /// <param name="certificatePath">The file with the certificate first.</param>
    /// <param name="keyPath">The file with the key; may be the same.</param>
    /// <returns>The certificate, to be disposed by the caller.</returns>
    /// <exception cref="RpcConnectionException">It cannot be used; the message says why.</exception>
    public static ServerCertificate FromPem(string certificatePath, string keyPath) => CertificateFile.LoadPem(certificatePath, keyPath);

    /// <summary>
    /// Makes one that is signed by nobody but itself, for a year. Clients of this library need no more, unless they ask for
    /// <see cref="RpcClientOptions.RequireTrustedCertificate"/>: the proofs of the handshake cover the certificate.
    /// </summary>
    /// <returns>The certificate, to be disposed by the caller.</returns>
    public static ServerCertificate SelfSigned() => new(CertificateFile.Usable(SelfSignedCertificate.Make()));

    /// <summary>Disposes the certificate and its intermediates.</summary>
    public void Dispose()
    {
        Leaf.Dispose();
        foreach (X509Certificate2 certificate in Intermediates)
        {
            certificate.Dispose();
        }
    }
}
