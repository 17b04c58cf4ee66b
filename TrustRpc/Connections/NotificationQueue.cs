namespace TrustRpc.Connections;

/// <summary>The peer's notifications: run one at a time, in their order, from a bounded queue (section 5). Thread-safe.</summary>
internal sealed class NotificationQueue : IThreadPoolWorkItem
{
    private readonly int _capacity;
    private readonly Queue<ActiveCall> _waiting = new();
    private readonly Action _ended;
    private bool _running;
    private int _arrived;

    public NotificationQueue(int capacity)
    {
        _capacity = capacity;
        _ended = () => Arrive(resume: true);
    }

    /// <summary>False where the queue is full.</summary>
    public bool TryAdd(ActiveCall notification)
    {
        lock (_waiting)
        {
            if (_waiting.Count >= _capacity)
            {
                return false;
            }

            notification.Ended = _ended;
            _waiting.Enqueue(notification);
            if (_running)
            {
                return true;
            }

            _running = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return true;
    }

    public void Execute()
    {
        do
        {
            ActiveCall? next;
            lock (_waiting)
            {
                if (!_waiting.TryDequeue(out next))
                {
                    _running = false;
                    return;
                }
            }

            _arrived = 0;
            next.Execute();
        }
        while (Arrive(resume: false));
    }

    // The method has returned, and the notification has ended: the second of the two goes on with the next one.
    private bool Arrive(bool resume)
    {
        bool second = Interlocked.Increment(ref _arrived) == 2;
        if (second && resume)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        return second && !resume;
    }
}
