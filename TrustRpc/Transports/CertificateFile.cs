using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TrustRpc.Transports;

/// <summary>The certificate of a <c>tls://</c> listener as files hold it.</summary>
internal static class CertificateFile
{
    public static ServerCertificate LoadPfx(string path, string? password)
        => Load(path, "it is not a PFX file, or the password is wrong.", () =>
        {
            X509Certificate2Collection all = X509CertificateLoader.LoadPkcs12CollectionFromFile(path, password);
            X509Certificate2? leaf = all.FirstOrDefault(certificate => certificate.HasPrivateKey);
            all.Remove(leaf ?? throw Unusable(path, "it holds no private key."));
            return new ServerCertificate(leaf, all);
        });

    public static ServerCertificate LoadPem(string certificatePath, string keyPath)
        => Load(certificatePath, $"it is not a certificate in PEM form, or {keyPath} does not hold its private key unencrypted.", () =>
        {
            X509Certificate2 leaf = Usable(X509Certificate2.CreateFromPemFile(certificatePath, keyPath));
            X509Certificate2Collection all = [];
            all.ImportFromPemFile(certificatePath);
            all[0].Dispose(); // The leaf again, without its key.
            return new ServerCertificate(leaf, all.Skip(1));
        });

    /// <summary>Why a server cannot prove itself with the certificate, as the end of a sentence; null where it can, as far as can be seen.</summary>
    public static string? WhyUnusable(ServerCertificate certificate)
        => IsGone(certificate.Leaf) ? "it is disposed. Whoever disposes it does so after the servers that use it."
        : !certificate.Leaf.HasPrivateKey ? "it comes without its private key. Take it from a PFX file, from PEM with its key, or from a store that has the key."
        : certificate.Intermediates.Any(IsGone) ? "one of its intermediates is null or disposed."
        : null;

    /// <summary>A certificate that is disposed has no handle, and throws whatever else it is asked.</summary>
    public static bool IsGone(X509Certificate2? certificate) => certificate is null || certificate.Handle == 0;

    /// <summary>TLS on Windows cannot use a key that is nowhere but in this process's memory.</summary>
    public static X509Certificate2 Usable(X509Certificate2 certificate)
    {
        if (!OperatingSystem.IsWindows())
        {
            return certificate;
        }

        using (certificate)
        {
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
        }
    }

    private static ServerCertificate Load(string path, string whyNot, Func<ServerCertificate> load)
    {
        if (!File.Exists(path))
        {
            throw Unusable(path, "there is no such file.");
        }

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
