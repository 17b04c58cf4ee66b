using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TrustRpc.Programs;

/// <summary>A certificate for <c>tls://</c> made on the spot, signed by nobody but itself: the proofs of the handshake cover it.</summary>
internal static class SelfSignedCertificate
{
    /// <summary>Lives as long as the process needs it; the caller disposes it.</summary>
    public static X509Certificate2 Make()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=localhost", key, HashAlgorithmName.SHA256);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 made = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(1));

        // TLS on Windows cannot use a key that is nowhere but in this process's memory.
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), password: null);
    }
}
