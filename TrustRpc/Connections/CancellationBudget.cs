namespace TrustRpc.Connections;

/// <summary>Counts the peer's cancellations: starting and cancelling calls without end costs the peer next to nothing and this side a method each. For the reader alone.</summary>
internal sealed class CancellationBudget(int maxPerSecond, TimeProvider time)
{
    private long _since = time.GetTimestamp();
    private int _count;

    /// <summary>False where it is one too many within a second.</summary>
    public bool TrySpend()
    {
        if (time.GetElapsedTime(_since) >= TimeSpan.FromSeconds(1))
        {
            _since = time.GetTimestamp();
            _count = 0;
        }

        return ++_count <= maxPerSecond;
    }
}
