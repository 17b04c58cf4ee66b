using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TrustRpc.Trust;

/// <summary>A certificate for TLS made on the spot, signed by nobody but itself: the proofs of the handshake cover it.</summary>
internal static class SelfSignedCertificate
{
    public static X509Certificate2 Make()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=localhost", key, HashAlgorithmName.SHA256);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddYears(1));
    }
}
