namespace TrustRpc.Framing;

/// <summary>The peer has left so much unread that no more can be kept for it, whatever the options allow.</summary>
internal sealed class OutputFullException() : IOException("it leaves more output unread than can be kept for it")
{
    /// <summary>Bytes: what an array holds, <see cref="Array.MaxLength"/>.</summary>
    public const int MostEver = 0x7FFFFFC7;
}
