using System.Threading.Tasks.Sources;

namespace TrustRpc.Management;

/// <summary>
/// One reader of the event history. Takes events over in batches; where there are none it waits without a thread, and whoever wakes it runs what comes behind.
/// </summary>
internal sealed class EventSubscription(EventHub hub, EventFilter filter, long? after) : IAsyncEnumerable<ServerEvent>, IAsyncEnumerator<ServerEvent>, IValueTaskSource<bool>
{
    private const int Batch = 64;

    /// <summary>What the history has forgotten lives on in the batches of those that do not read: that must not be a multiple of it.</summary>
    private const int BatchBytes = 64 * 1024;

    private readonly List<ServerEvent> _batch = [];
    private ManualResetValueTaskSourceCore<bool> _wait;
    private CancellationToken _cancellation;
    private CancellationTokenRegistration _registration;
    private long _cursor;
    private int _taken;
    private int _waits;
    private int _begun;
    private int _ended;

    public ServerEvent Current { get; private set; } = null!;

    /// <summary>Whether a sign of life comes first, which tells the number to resume after.</summary>
    public bool Greets { get; init; }

    /// <summary>Whether what comes behind may block, so that it must not run on the thread that wakes others as well.</summary>
    public bool MayBlock
    {
        get => _wait.RunContinuationsAsynchronously;
        init => _wait.RunContinuationsAsynchronously = value;
    }

    public IAsyncEnumerator<ServerEvent> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _begun, 1) != 0)
        {
            throw new InvalidOperationException("A subscription can be enumerated once. Subscribe again for another one.");
        }

        _cursor = hub.Begin(after, Greets, out ServerEvent? first);
        if (first is not null)
        {
            _batch.Add(first);
        }

        _cancellation = cancellationToken;
        _registration = cancellationToken.UnsafeRegister(static subscription => ((EventSubscription)subscription!).Cancel(), this);
        return this;
    }

    public ValueTask<bool> MoveNextAsync()
    {
        if (_taken < _batch.Count)
        {
            Current = _batch[_taken++];
            return new(true);
        }

        _cancellation.ThrowIfCancellationRequested();
        _wait.Reset();
        ValueTask<bool> waiting = new(this, _wait.Version);
        Volatile.Write(ref _waits, 1);
        switch (Take())
        {
            case EventSupply.Some:
                Volatile.Write(ref _waits, 0);
                Current = _batch[_taken++];
                return new(true);
            case EventSupply.Ended:
                return Interlocked.Exchange(ref _waits, 0) == 1 ? new(false) : waiting;
        }

        // On the list: from here on the batch belongs to whoever wakes it.
        if (_cancellation.IsCancellationRequested)
        {
            Cancel();
        }

        return waiting;
    }

    /// <summary>There may be something new.</summary>
    public void Wake()
    {
        if (Volatile.Read(ref _waits) == 0 || Volatile.Read(ref _ended) != 0)
        {
            return;
        }

        EventSupply supply = Take();
        if (supply != EventSupply.NoneYet && Interlocked.Exchange(ref _waits, 0) == 1)
        {
            if (supply == EventSupply.Some)
            {
                Current = _batch[_taken++];
            }

            _wait.SetResult(supply == EventSupply.Some);
        }
    }

    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
        {
            hub.Forget(this);
            hub.End();
            return _registration.DisposeAsync();
        }

        return default;
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _wait.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _wait.OnCompleted(continuation, state, token, flags);

    private EventSupply Take()
    {
        _batch.Clear();
        _taken = 0;
        EventSupply supply;
        do
        {
            supply = hub.Take(this, filter, ref _cursor, _batch, Batch, BatchBytes);
        }
        while (supply == EventSupply.MoreToSearch);
        return supply;
    }

    private void Cancel()
    {
        if (Interlocked.Exchange(ref _waits, 0) == 1)
        {
            hub.Forget(this);
            _wait.SetException(new OperationCanceledException(_cancellation));
        }
    }
}
