namespace TrustRpc.Connections;

/// <summary>The peer's notifications: run one at a time, in their order, from a bounded queue (section 5). Thread-safe.</summary>
internal sealed class NotificationQueue(int capacity) : IThreadPoolWorkItem
{
    private readonly Queue<ActiveCall> _waiting = new();
    private Action? _goOn;
    private ActiveCall? _current;
    private CallEnd _ended;
    private bool _running;
    private int _arrived;

    /// <summary>Notifications that have not ended, the one that runs included.</summary>
    public int Count
    {
        get
        {
            lock (_waiting)
            {
                return _waiting.Count + (_current is null ? 0 : 1);
            }
        }
    }

    /// <summary>False where the queue is full.</summary>
    public bool TryAdd(ActiveCall notification)
    {
        lock (_waiting)
        {
            if (_waiting.Count >= capacity)
            {
                return false;
            }

            notification.Ended = _goOn ??= EndCurrent;
            _waiting.Enqueue(notification);
            if (_ended != CallEnd.None)
            {
                // The tokens of all fired a moment ago, while the reader still had this one in hand.
                notification.TryEnd(_ended, out _);
            }

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

                _current = next;
            }

            _arrived = 0;
            SharedThread.Run(next);
        }
        while (Arrive(resume: false));
    }

    /// <summary>Fires the tokens of all: their connection is gone. Those that wait run all the same, because they were received.</summary>
    public void CancelAll(CallEnd why)
    {
        List<CancellationTokenSource> sources = [];
        lock (_waiting)
        {
            _ended = why;
            foreach (ActiveCall notification in _current is null ? _waiting : _waiting.Prepend(_current))
            {
                if (notification.TryEnd(why, out CancellationTokenSource? source) && source is not null)
                {
                    sources.Add(source);
                }
            }
        }

        foreach (CancellationTokenSource source in sources)
        {
            _ = source.CancelAsync();
        }
    }

    // Called before the notification can be recycled.
    private void EndCurrent()
    {
        lock (_waiting)
        {
            _current = null;
        }

        Arrive(resume: true);
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
