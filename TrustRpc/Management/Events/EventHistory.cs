namespace TrustRpc.Management;

/// <summary>The last events, by number, within a number of events and of bytes. Not thread-safe.</summary>
internal sealed class EventHistory(int capacity, int maxBytes, long start)
{
    private readonly ServerEvent?[] _events = new ServerEvent?[capacity];

    // Beside the events: those that are forgotten are long out of the processor's caches.
    private readonly int[] _sizes = new int[capacity];
    private long _bytes;

    /// <summary>The number of the first event of this life of the server.</summary>
    public long Start { get; } = start;

    /// <summary>The number of the oldest event that is kept; <see cref="Next"/> where there is none.</summary>
    public long Oldest { get; private set; } = start;

    /// <summary>The number of the next event.</summary>
    public long Next { get; private set; } = start;

    public ServerEvent this[long sequence] => _events[sequence % capacity]!;

    /// <summary>Keeps the event that has the number <see cref="Next"/>, and forgets the oldest ones for it.</summary>
    public void Add(ServerEvent e)
    {
        while (Oldest < Next && (Next - Oldest >= capacity || _bytes + e.Size > maxBytes))
        {
            long oldest = Oldest++ % capacity;
            _bytes -= _sizes[oldest];
            _events[oldest] = null;
        }

        _events[Next % capacity] = e;
        _sizes[Next % capacity] = e.Size;
        _bytes += e.Size;
        Next++;
    }
}
