using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TrustRpc.Tests.Unit.Transports;

/// <summary>A server's certificate, signed by another, which is signed by a root that nobody knows.</summary>
internal sealed class CertificateChain : IDisposable
{
    private static readonly DateTimeOffset s_from = DateTimeOffset.UtcNow.AddDays(-1);

    public CertificateChain()
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var middleKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 root = Authority("CN=root", rootKey).CreateSelfSigned(s_from, s_from.AddDays(9));
        using X509Certificate2 middle = Authority("CN=middle", middleKey).Create(root, s_from, s_from.AddDays(8), [1]);
        using X509Certificate2 withKey = middle.CopyWithPrivateKey(middleKey);
        using X509Certificate2 leaf = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).Create(withKey, s_from, s_from.AddDays(7), [2]);
        Intermediate = X509CertificateLoader.LoadCertificate(middle.RawData);
        Leaf = leaf.CopyWithPrivateKey(key);
        Key = key.ExportPkcs8PrivateKeyPem();
    }

    public X509Certificate2 Leaf { get; }

    public X509Certificate2 Intermediate { get; }

    /// <summary>That of the server's certificate, in PEM form.</summary>
    public string Key { get; }

    public void Dispose()
    {
        Leaf.Dispose();
        Intermediate.Dispose();
    }

    private static CertificateRequest Authority(string name, ECDsa key)
    {
        CertificateRequest request = new(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        return request;
    }
}
