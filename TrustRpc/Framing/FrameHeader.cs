using System.Buffers.Binary;

namespace TrustRpc.Framing;

/// <summary>The four bytes before every body: kind, then length in 24 bits (section 2).</summary>
internal static class FrameHeader
{
    public const int Size = 4;

    /// <summary>The kind of a JSON frame: with it the four bytes read as a plain big-endian length.</summary>
    public const byte Json = 0;

    public const int LargestBody = 0xFF_FFFF;

    public static (byte Kind, int Length) Read(ReadOnlySpan<byte> header)
    {
        uint value = BinaryPrimitives.ReadUInt32BigEndian(header);
        return ((byte)(value >> 24), (int)(value & LargestBody));
    }

    /// <summary>The length of a JSON frame's body, or -1 where the frame must be refused: another kind, empty, or over <paramref name="maxBody"/>.</summary>
    public static int ReadJsonLength(ReadOnlySpan<byte> header, int maxBody)
    {
        uint value = BinaryPrimitives.ReadUInt32BigEndian(header);
        return value == 0 || value > (uint)maxBody ? -1 : (int)value;
    }

    public static void Write(Span<byte> header, byte kind, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, LargestBody);
        BinaryPrimitives.WriteUInt32BigEndian(header, ((uint)kind << 24) | (uint)length);
    }
}
