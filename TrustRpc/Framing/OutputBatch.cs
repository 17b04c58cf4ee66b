namespace TrustRpc.Framing;

/// <summary>
/// What a thread that works one connection's batch off sends on others: it gathers in their queues until the batch is done, so that a server that passes on what it
/// receives makes one system call for many messages there as well. Each thread has one.
/// </summary>
/// <remarks>Whoever takes the place of a thread that is stuck ends its batch: from then on nothing that the thread sends is held back.</remarks>
internal sealed class OutputBatch
{
    /// <summary>Queues that are held at a time; what goes to more leaves at once, as it would have little to share a write with.</summary>
    private const int MostHeld = 16;

    [ThreadStatic]
    private static OutputBatch? _ofThisThread;

    private readonly Lock _gate = new();
    private readonly List<OutputQueue> _held = [];
    private volatile bool _isOpen;

    /// <summary>Holds back what this thread sends from now on.</summary>
    public static OutputBatch Begin()
    {
        OutputBatch batch = _ofThisThread ??= new OutputBatch();
        batch._isOpen = true;
        return batch;
    }

    /// <summary>Sees to it that what this thread has held back leaves, and holds back no more.</summary>
    public static void End() => _ofThisThread?.Close();

    /// <summary>
    /// Whether what this thread has added to a queue may stay there until its batch ends; false where it has none. Asked when it is in the queue, so that whoever ends the batch meanwhile finds it there.
    /// </summary>
    public static bool TryHold(OutputQueue queue) => _ofThisThread is { _isOpen: true } batch && batch.Hold(queue);

    /// <summary>Ends the batch of whatever thread it is. Thread-safe.</summary>
    public void Close()
    {
        _isOpen = false;
        while (TryTake() is { } queue)
        {
            queue.Flush();
        }
    }

    private bool Hold(OutputQueue queue)
    {
        lock (_gate)
        {
            // Looked at once more: whoever has closed it since has emptied it, and does not look again.
            if (!_isOpen)
            {
                return false;
            }

            if (_held.Contains(queue))
            {
                return true;
            }

            if (_held.Count == MostHeld)
            {
                return false;
            }

            _held.Add(queue);
            return true;
        }
    }

    private OutputQueue? TryTake()
    {
        lock (_gate)
        {
            if (_held.Count == 0)
            {
                return null;
            }

            OutputQueue last = _held[^1];
            _held.RemoveAt(_held.Count - 1);
            return last;
        }
    }
}
