using TrustRpc.Framing;

namespace TrustRpc.Trust;

/// <summary>Checks and opens the records of one direction. Not thread-safe. Everything wrong is an <see cref="IOException"/>, after which it is of no use.</summary>
/// <param name="cipher">Owned by the opener.</param>
/// <param name="lastSequence">The largest seq that a record may have.</param>
internal sealed class RecordOpener(RecordCipher cipher, uint lastSequence = Records.RekeyInterval) : IDisposable
{
    /// <summary>Whether the peer's close record was opened: nothing may follow it.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Reads a record's header before its body has arrived.</summary>
    /// <returns>The length of the data in it.</returns>
    public int ReadHeader(ReadOnlySpan<byte> header)
    {
        (byte type, int length) = FrameHeader.Read(header);
        bool sound = length >= Records.TagSize && (RecordType)type switch
        {
            RecordType.Data => length <= Records.LargestData + Records.TagSize,
            RecordType.Rekey => length == Records.TagSize && cipher.Sequence > 0,
            RecordType.Close => length == Records.TagSize,
            _ => false,
        };
        if (!sound || IsClosed || cipher.Sequence > lastSequence) throw Broken();
        return length - Records.TagSize;
    }

    /// <summary>Opens one whole record and acts on it.</summary>
    /// <param name="record">Header, ciphertext and tag; the header was read before.</param>
    /// <param name="data">Exactly as long as the data; may be the place of the ciphertext.</param>
    public void Open(ReadOnlySpan<byte> record, Span<byte> data)
    {
        ReadOnlySpan<byte> header = record[..Records.HeaderSize];
        if (!cipher.TryDecrypt(header, record[Records.HeaderSize..^Records.TagSize], record[^Records.TagSize..], data)) throw Broken();
        switch ((RecordType)header[0])
        {
            case RecordType.Rekey:
                cipher.Rekey();
                break;
            case RecordType.Close:
                IsClosed = true;
                break;
        }
    }

    public void Dispose() => cipher.Dispose();

    public static IOException Broken() => new("A sealed record does not open: bytes were changed, lost or added on the way. The connection was dropped.");
}
