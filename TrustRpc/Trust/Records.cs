using TrustRpc.Framing;

namespace TrustRpc.Trust;

/// <summary>The form of a record (section 4): the header of a frame, then ciphertext and tag.</summary>
internal static class Records
{
    public const int HeaderSize = FrameHeader.Size;
    public const int TagSize = 16;
    public const int Overhead = HeaderSize + TagSize;

    /// <summary>The most data in one record.</summary>
    public const int LargestData = 65_536;

    /// <summary>The most records under one secret, the rekey record included.</summary>
    public const uint RekeyInterval = 1 << 20;
}

/// <summary>What a record is.</summary>
internal enum RecordType : byte
{
    Data = 1,

    /// <summary>Empty; the next record uses the next secret.</summary>
    Rekey = 2,

    /// <summary>Empty; nothing follows.</summary>
    Close = 3,
}
