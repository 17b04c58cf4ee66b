namespace TrustRpc.Tests.Support;

/// <summary>
/// Two streams joined in memory: what one end writes the other reads. Sync and async members may be mixed; one reader and one writer per end at a
/// time. Like a socket, a write completes as soon as the bytes are taken over, and a read takes everything that has arrived.
/// </summary>
public sealed class DuplexPair : IDisposable
{
    private DuplexPair(BytePipe toSecond, BytePipe toFirst)
    {
        First = new DuplexStream(toFirst, toSecond);
        Second = new DuplexStream(toSecond, toFirst);
    }

    public DuplexStream First { get; }

    public DuplexStream Second { get; }

    /// <param name="capacity">Bytes that one direction holds before a writer waits.</param>
    public static DuplexPair Create(int capacity = int.MaxValue) => new(new BytePipe(capacity), new BytePipe(capacity));

    public void Deconstruct(out DuplexStream first, out DuplexStream second) => (first, second) = (First, Second);

    /// <summary>The connection is gone: both ends' reads and writes throw, what was under way included.</summary>
    public void Break()
    {
        First.Break();
        Second.Break();
    }

    /// <summary>Nothing arrives any more on either side, and neither side is told.</summary>
    public void Hold()
    {
        First.Hold();
        Second.Hold();
    }

    public void Dispose()
    {
        First.Dispose();
        Second.Dispose();
    }
}
