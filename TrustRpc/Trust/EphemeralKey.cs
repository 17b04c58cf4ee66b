using System.Security.Cryptography;

namespace TrustRpc.Trust;

/// <summary>One side's P-256 key pair for one sealed connection, and its share: the uncompressed point.</summary>
internal sealed class EphemeralKey : IDisposable
{
    public const int ShareSize = 65;
    private const byte Uncompressed = 4;
    private const int CoordinateSize = 32;

    // As many as connections are likely to be made at the same time; one more is made anew.
    private static readonly EphemeralKey?[] Spares = new EphemeralKey?[4];
    private static volatile bool _isUsed;
    private readonly ECDiffieHellman _pair;

    public EphemeralKey(ECDiffieHellman pair)
    {
        _pair = pair;
        ECPoint point = pair.ExportParameters(includePrivateParameters: false).Q;
        Share = [Uncompressed, .. point.X!, .. point.Y!];
    }

    public byte[] Share { get; }

    public static EphemeralKey Take()
    {
        _isUsed = true;
        foreach (ref EphemeralKey? spare in Spares.AsSpan())
        {
            if (Interlocked.Exchange(ref spare, null) is { } key) return key;
        }

        return Create();
    }

    /// <summary>As <see cref="Prepare"/>, in a process that has taken one before.</summary>
    public static void Replace()
    {
        if (_isUsed) Prepare();
    }

    /// <summary>Sees to it that the next <see cref="Take"/> need not wait: for a moment in which there is nothing else to do.</summary>
    public static void Prepare()
    {
        if (Array.TrueForAll(Spares, static spare => spare is null)) GiveBackUnused(Create());
    }

    /// <summary>
    /// Hands back a pair that was offered but agreed on nothing, for the next offer: no secret was ever derived from it, so forward
    /// secrecy stays whole, and a client that is always answered plain pays for one pair in all instead of one a connection.
    /// </summary>
    public static void GiveBackUnused(EphemeralKey key)
    {
        foreach (ref EphemeralKey? spare in Spares.AsSpan())
        {
            if (Interlocked.CompareExchange(ref spare, key, null) is null) return;
        }

        key.Dispose();
    }

    /// <summary>Refuses what <see cref="ImportShare"/> would, in a fraction of its time.</summary>
    /// <exception cref="FormatException">The share is no point of the curve in uncompressed form.</exception>
    public static void CheckShare(ReadOnlySpan<byte> share)
    {
        if (share.Length != ShareSize || share[0] != Uncompressed) throw new FormatException("the share is no uncompressed P-256 point");
        if (!P256.IsOnCurve(share.Slice(1, CoordinateSize), share[(1 + CoordinateSize)..])) throw new FormatException("the share is not on the curve");
    }

    /// <summary>The peer's point as the base library takes it, which checks it once more. The caller disposes it.</summary>
    /// <param name="share">Checked.</param>
    public static ECDiffieHellmanPublicKey ImportShare(ReadOnlySpan<byte> share)
    {
        using ECDiffieHellman peer = ECDiffieHellman.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = share.Slice(1, CoordinateSize).ToArray(), Y = share[(1 + CoordinateSize)..].ToArray() },
        });
        return peer.PublicKey;
    }

    /// <summary>z: the X coordinate of the shared point.</summary>
    public byte[] Agree(ECDiffieHellmanPublicKey peer) => _pair.DeriveRawSecretAgreement(peer);

    public void Dispose() => _pair.Dispose();

    private static EphemeralKey Create() => new(ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256));
}
