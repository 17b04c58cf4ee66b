using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TrustRpc.Transports;

/// <summary>The certificate of a <c>tls://</c> listener as files hold it. Whoever loads it disposes it, after the listeners that use it.</summary>
internal sealed class ServerCertificate : IDisposable
{
    private ServerCertificate(X509Certificate2 leaf, X509Certificate2Collection intermediates)
    {
        Leaf = leaf;
        Intermediates = intermediates;
    }

    /// <summary>The server's own certificate, with its private key.</summary>
    public X509Certificate2 Leaf { get; }

    /// <summary>What else the file holds: the certificates between the server's and its root.</summary>
    public X509Certificate2Collection Intermediates { get; }

    /// <summary>Loads a PFX (PKCS #12) file.</summary>
    /// <exception cref="RpcConnectionException">It cannot be used; the message says why, and never the password.</exception>
    public static ServerCertificate FromPfx(string path, string? password = null)
        => Load(path, "it is not a PFX file, or the password is wrong.", () =>
        {
            X509Certificate2Collection all = X509CertificateLoader.LoadPkcs12CollectionFromFile(path, password);
            X509Certificate2? leaf = all.FirstOrDefault(certificate => certificate.HasPrivateKey);
            all.Remove(leaf ?? throw Unusable(path, "it holds no private key."));
            return new ServerCertificate(leaf, all);
        });

    /// <summary>Loads a certificate, its intermediates after it if there are any, and its unencrypted private key in PEM form; all may be in one file.</summary>
    /// <exception cref="RpcConnectionException">It cannot be used; the message says why.</exception>
    public static ServerCertificate FromPem(string certificatePath, string keyPath)
        => Load(certificatePath, $"it is not a certificate in PEM form, or {keyPath} does not hold its private key unencrypted.", () =>
        {
            var all = new X509Certificate2Collection();
            all.ImportFromPemFile(certificatePath);
            all.RemoveAt(0); // The leaf again, without its key.
            return new ServerCertificate(Usable(X509Certificate2.CreateFromPemFile(certificatePath, keyPath)), all);
        });

    /// <inheritdoc/>
    public void Dispose()
    {
        Leaf.Dispose();
        foreach (X509Certificate2 certificate in Intermediates)
            certificate.Dispose();
    }

    /// <summary>TLS on Windows cannot use a key that is nowhere but in this process's memory.</summary>
    private static X509Certificate2 Usable(X509Certificate2 certificate)
    {
        if (!OperatingSystem.IsWindows())
            return certificate;
        using (certificate)
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
    }

    private static ServerCertificate Load(string path, string whyNot, Func<ServerCertificate> load)
    {
        if (!File.Exists(path))
            throw Unusable(path, "there is no such file.");
        try
        {
            return load();
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw Unusable(path, whyNot, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(path, TransportError.Sentence(e), e);
        }
    }

    private static RpcConnectionException Unusable(string path, string why, Exception? cause = null)
        => new($"The server certificate {path} cannot be used: {why}", cause);
}
