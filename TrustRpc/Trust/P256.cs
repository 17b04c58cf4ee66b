using System.Globalization;
using System.Numerics;

namespace TrustRpc.Trust;

/// <summary>The equation of the curve P-256 (SEC 2, secp256r1): y² = x³ − 3x + b modulo p.</summary>
internal static class P256
{
    private static readonly BigInteger Prime = Parse("0FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF");
    private static readonly BigInteger B = Parse("05AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B");

    /// <summary>
    /// Whether two big-endian coordinates are a point of the curve. Its cofactor being 1 and infinity having no coordinates, such a point is a sound public key. A microsecond, where the
    /// base library multiplies the point by the order, twice. Not in constant time: only for what travels in the clear.
    /// </summary>
    public static bool IsOnCurve(ReadOnlySpan<byte> bigEndianX, ReadOnlySpan<byte> bigEndianY)
    {
        BigInteger x = new(bigEndianX, isUnsigned: true, isBigEndian: true);
        BigInteger y = new(bigEndianY, isUnsigned: true, isBigEndian: true);
        return x < Prime && y < Prime && ((((((x * x) - 3) * x) + B) - (y * y)) % Prime).IsZero;
    }

    private static BigInteger Parse(string digits) => BigInteger.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
