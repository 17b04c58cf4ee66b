namespace TrustRpc.Streams;

/// <summary>
/// How often something that runs on a thread that reads was found there too long. Twice in a short time, and it is taken to block: once may have been its
/// compilation, or the system that ran something else meanwhile.
/// </summary>
internal struct HoldUps
{
    private const int Often = 2;
    private const int Lately = 250;

    private int _count;
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

    public void Forget() => Volatile.Write(ref _count, 0);
}
