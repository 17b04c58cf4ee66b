using System.Diagnostics;

namespace TrustRpc.Streams;

/// <summary>
/// How often something that runs on a thread that reads was found there too long. Twice in a short time, and it is taken to block: once may have been its
/// compilation, or the system that ran something else meanwhile.
/// </summary>
internal struct HoldUps
{
    private const int Often = 2;
    private const int Lately = 250;

    /// <summary>So many times in a row without holding its own thread up, and it has only been unlucky: a method that blocks now and then is not to be back each time.</summary>
    private const int Enough = 128;

    /// <summary>What the monitor finds too long at the latest.</summary>
    private static readonly long TooLong = Stopwatch.Frequency / 500;

    private int _count;
    private int _cameBack;
    private int _last;

    public int Count => Volatile.Read(ref _count);

    public bool AreOften => Count >= Often;

    /// <summary>Counts one more.</summary>
    /// <param name="now">Milliseconds of whatever clock.</param>
    public void Add(int now)
    {
        if (now - Interlocked.Exchange(ref _last, now) > Lately && !AreOften)
        {
            Forget();
        }

        Interlocked.Increment(ref _count);
    }

    /// <summary>Whether what began then has taken too long by now.</summary>
    public static bool IsTooLong(long start) => Stopwatch.GetTimestamp() - start > TooLong;

    /// <summary>It was run where it holds nothing up.</summary>
    /// <param name="start">When it began.</param>
    public void RanApart(long start)
    {
        if (IsTooLong(start))
        {
            Volatile.Write(ref _cameBack, 0);
        }
        else if (Interlocked.Increment(ref _cameBack) == Enough)
        {
            Volatile.Write(ref _cameBack, 0);
            Forget();
        }
    }

    public void Forget() => Volatile.Write(ref _count, 0);
}
