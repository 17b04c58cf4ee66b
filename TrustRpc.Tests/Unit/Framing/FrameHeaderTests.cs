using TrustRpc.Framing;

namespace TrustRpc.Tests.Unit.Framing;

public class FrameHeaderTests
{
    [Theory]
    [InlineData(0, 1, "00000001")]
    [InlineData(0, 0x010203, "00010203")]
    [InlineData(255, FrameHeader.LargestBody, "FFFFFFFF")]
    public void Kind_comes_first_and_the_length_follows_in_24_bits(byte kind, int length, string hex)
    {
        byte[] header = new byte[FrameHeader.Size];
        FrameHeader.Write(header, kind, length);
        Assert.Equal(hex, Convert.ToHexString(header));
        Assert.Equal((kind, length), FrameHeader.Read(header));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(FrameHeader.LargestBody + 1)]
    public void A_length_beyond_24_bits_is_not_written(int length)
        => Assert.Throws<ArgumentOutOfRangeException>(() => FrameHeader.Write(new byte[4], FrameHeader.Json, length));
}
