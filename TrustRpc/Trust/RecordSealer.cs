using TrustRpc.Framing;

namespace TrustRpc.Trust;

/// <summary>Makes the records of one direction, and rekeys in time. Not thread-safe.</summary>
/// <param name="cipher">Owned by the sealer.</param>
/// <param name="rekeyInterval">The most records under one secret, the rekey record included; at least 2.</param>
internal sealed class RecordSealer(RecordCipher cipher, uint rekeyInterval = Records.RekeyInterval) : IDisposable
{
    /// <summary>An upper bound of what <see cref="SealData"/> makes of that much data: a rekey record may stand before every data record.</summary>
    public static int LargestSize(int dataLength)
        => dataLength + (2 * Records.Overhead * ((dataLength + Records.LargestData - 1) / Records.LargestData));

    /// <summary>Seals all of the data, as many records as it takes.</summary>
    /// <returns>How many bytes of <paramref name="destination"/> were written.</returns>
    public int SealData(ReadOnlySpan<byte> data, Span<byte> destination)
    {
        int written = 0;
        while (!data.IsEmpty)
        {
            ReadOnlySpan<byte> part = data[..Math.Min(data.Length, Records.LargestData)];
            written += RekeyIfDue(destination[written..]);
            written += Seal(RecordType.Data, part, destination[written..]);
            data = data[part.Length..];
        }

        return written;
    }

    /// <returns>How many bytes of <paramref name="destination"/> were written, at most two records.</returns>
    public int SealClose(Span<byte> destination)
    {
        int written = RekeyIfDue(destination);
        return written + Seal(RecordType.Close, default, destination[written..]);
    }

    /// <summary>Makes one record of any type.</summary>
    public int Seal(RecordType type, ReadOnlySpan<byte> data, Span<byte> destination)
    {
        Span<byte> header = destination[..Records.HeaderSize];
        FrameHeader.Write(header, (byte)type, data.Length + Records.TagSize);
        cipher.Encrypt(header, data, destination.Slice(Records.HeaderSize, data.Length), destination.Slice(Records.HeaderSize + data.Length, Records.TagSize));
        if (type == RecordType.Rekey) cipher.Rekey();
        return data.Length + Records.Overhead;
    }

    public void Dispose() => cipher.Dispose();

    private int RekeyIfDue(Span<byte> destination)
        => cipher.Sequence + 1 < rekeyInterval ? 0 : Seal(RecordType.Rekey, default, destination);
}
