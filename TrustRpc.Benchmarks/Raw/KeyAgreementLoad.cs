using System.Security.Cryptography;
using TrustRpc.Benchmarks.Loads;

namespace TrustRpc.Benchmarks.Raw;

/// <summary>What the base library's P-256 alone takes of a sealed connection: both sides make a pair, import the other's point and agree, on every core at once, and nothing is sent.</summary>
internal sealed class KeyAgreementLoad : ILoad
{
    public Measurement Run(TimeSpan duration) => Loops.Run(duration, Environment.ProcessorCount, latencies: null, AgreeAsync);

    private static Task<long> AgreeAsync(int index, Loops loops)
    {
        long agreements = 0;
        for (; !loops.Stopped; agreements++)
        {
            using var one = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
            using var other = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
            Agree(one, PointOf(other));
            Agree(other, PointOf(one));
        }
        return Task.FromResult(agreements);
    }

    private static ECPoint PointOf(ECDiffieHellman pair) => pair.ExportParameters(includePrivateParameters: false).Q;

    private static void Agree(ECDiffieHellman pair, ECPoint point)
    {
        using var peer = ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = point });
        using var key = peer.PublicKey;
        pair.DeriveRawSecretAgreement(key);
    }
}
