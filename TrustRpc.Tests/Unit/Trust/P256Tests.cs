using System.Security.Cryptography;
using TrustRpc.Trust;

namespace TrustRpc.Tests.Unit.Trust;

public class P256Tests
{
    private const string GeneratorX = "6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296";
    private const string GeneratorY = "4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5";
    private const string Prime = "FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF";
    private const string YAtZero = "66485C780E2F83D72433BD5D84A06BB6541C2AF31DAE871728BF856A174F93F4";

    [Fact]
    public void Points_of_the_curve_are_on_it()
    {
        Assert.True(IsOnCurve(GeneratorX, GeneratorY));
        Assert.True(IsOnCurve(new string('0', 64), YAtZero));
        for (int i = 0; i < 50; i++)
        {
            using ECDiffieHellman key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
            ECPoint point = key.ExportParameters(includePrivateParameters: false).Q;
            Assert.True(P256.IsOnCurve(point.X, point.Y));
        }
    }

    [Fact]
    public void A_point_of_which_any_bit_is_changed_is_not()
    {
        for (int bit = 0; bit < 512; bit++)
        {
            byte[] point = Convert.FromHexString(GeneratorX + GeneratorY);
            point[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(P256.IsOnCurve(point.AsSpan(0, 32), point.AsSpan(32)), $"bit {bit}");
        }
    }

    [Theory]
    [InlineData(Prime, YAtZero)]
    [InlineData(GeneratorY, GeneratorX)]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", "0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    public void Coordinates_beyond_the_prime_and_points_elsewhere_are_not(string x, string y) => Assert.False(IsOnCurve(x, y));

    private static bool IsOnCurve(string x, string y) => P256.IsOnCurve(Convert.FromHexString(x), Convert.FromHexString(y));
}
