using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using TrustRpc.Framing;
using TrustRpc.Services;
using TrustRpc.Streams;

namespace TrustRpc.Connections;

/// <summary>
/// What a connection has received and not yet begun: requests to run and callers to continue, begun in the order of arrival on the thread that read them.
/// </summary>
/// <remarks>
/// <para>
/// One thread at a time holds the role of working the queue off. Work is the user's code and may block; then the <see cref="StallMonitor"/> takes the role
/// from the thread that is stuck and gives it to a successor, so that a blocked method holds up nothing but itself, while work that returns at once, as most does,
/// costs no change of threads. What the batch sends leaves together at its end.
/// </para>
/// <para>
/// The state is one number, so that taking over and handing back exclude each other: the holder's number, doubled, plus one while the holder works.
/// </para>
/// </remarks>
internal sealed class WorkQueue(OutputQueue output)
{
    private const int Working = 1;

    [ThreadStatic]
    private static WorkQueue? _current;

    /// <summary>The state in which this thread works <see cref="_current"/> off: the role may have been taken from it long ago.</summary>
    [ThreadStatic]
    private static int _currentState;

    private readonly Lock _gate = new();
    private readonly Queue<IThreadPoolWorkItem> _items = new();
    private MethodDescriptor? _running;
    private volatile OutputBatch? _batch;
    private int _count;
    private int _state;
    private int _begun;
    private volatile bool _isReaders;

    /// <summary>Counts what was begun: the monitor's sign of life.</summary>
    public int Begun => Volatile.Read(ref _begun);

    public int State => Volatile.Read(ref _state);

    public bool IsWorking => (State & Working) != 0;

    /// <summary>Who appoints a successor to a thread that is stuck; to be set before anything is added.</summary>
    public ISuccession? Succession { get; set; }

    /// <summary>Owned by <see cref="StallMonitor"/>.</summary>
    public StallMonitor.Entry MonitorEntry { get; } = new();

    public bool IsEmpty => Volatile.Read(ref _count) == 0;

    public void Add(IThreadPoolWorkItem item)
    {
        lock (_gate)
        {
            _items.Enqueue(item);

            // A full fence: whoever adds looks at the state next, and whoever lets the role go looks here.
            Interlocked.Increment(ref _count);
        }
    }

    /// <summary>
    /// Works the queue off where nobody does. For a reader that has its next read under way: it may be kept by the last item without harm,
    /// so a lone one runs unwatched.
    /// </summary>
    public void WorkBesideReader()
    {
        while (!IsEmpty)
        {
            int state = State;
            if ((state & Working) != 0 || _isReaders)
            {
                break;
            }

            if (Interlocked.CompareExchange(ref _state, (state + 2) | Working, state) == state)
            {
                Work((state + 2) | Working, besideReader: true);
            }
        }

        output.Flush();
    }

    /// <summary>Takes the role for a reader that will do the work from now on, until <see cref="Release"/>; false where another thread is at it.</summary>
    public bool TrySeize(out int role)
    {
        // Before the state: a thread that has worked beside the reader and looks for more sees either, and leaves both role and reading alone.
        _isReaders = true;
        int state = State;
        role = state + 2;
        if ((state & Working) == 0 && Interlocked.CompareExchange(ref _state, role, state) == state)
        {
            return true;
        }

        _isReaders = false;
        return false;
    }

    /// <summary>The reader will not do the work any more.</summary>
    public void Release() => _isReaders = false;

    /// <summary>
    /// Works the queue off for a reader that reads again afterwards; false where the role was taken away meanwhile, and reading with it.
    /// </summary>
    public bool WorkAsReader(int role)
    {
        return Interlocked.CompareExchange(ref _state, role | Working, role) == role && Work(role | Working, besideReader: false);
    }

    /// <summary>Goes on in the place of a thread that is stuck, for a reader that has its next read under way.</summary>
    public void SucceedBesideReader(int role)
    {
        FlushForPredecessor();
        if (Work(role | Working, besideReader: true))
        {
            WorkBesideReader();
        }
    }

    /// <summary>Goes on in the place of a thread that is stuck, to read again afterwards; false as with <see cref="WorkAsReader"/>.</summary>
    public bool SucceedAsReader(int role)
    {
        FlushForPredecessor();
        return Work(role | Working, besideReader: false);
    }

    /// <summary>Takes the role from its holder, who works in this state, and appoints a successor; false where the holder was faster.</summary>
    public bool TryTakeOver(int state)
    {
        int next = state + 2;
        if ((state & Working) == 0 || Interlocked.CompareExchange(ref _state, next, state) != state)
        {
            return false;
        }

        // At once: more calls of the same method may stand in line, and each would hold up the rest as long again.
        if (Volatile.Read(ref _running) is { } slow)
        {
            slow.HeldUp();
        }

        Succession!.Succeed(this, next & ~Working);
        return true;
    }

    /// <summary>To be called by a thread that is about to block on a call: where it holds a queue's role it gives that up first.</summary>
    public static void BeforeBlocking()
    {
        if (_current is { } queue)
        {
            queue.Leave();
            queue.TryTakeOver(_currentState);
        }
    }

    private bool Work(int mine, bool besideReader)
    {
        (_current, _currentState) = (this, mine);
        output.Cork();
        _batch = OutputBatch.Begin();
        bool held = true;
        bool first = true;
        while (held && TryTake(out IThreadPoolWorkItem? item))
        {
            bool last = IsEmpty;
            if (last && besideReader && !output.HasGathered)
            {
                Leave();
                Interlocked.CompareExchange(ref _state, mine & ~Working, mine);
                if (!IsEmpty)
                {
                    // It arrived since the look, and its reader left it to this thread, which may be kept by the item.
                    ThreadPool.UnsafeQueueUserWorkItem(static queue => queue.WorkBesideReader(), this, preferLocal: false);
                }

                RunAlone(item);
                return true;
            }

            StallMonitor.Watch(this);
            held = Run(item, mine, alone: first && last && !besideReader && item is not NextCall { IsShort: true });
            first = false;
        }

        Leave();
        output.Flush();
        return held && Interlocked.CompareExchange(ref _state, mine & ~Working, mine) == mine;
    }

    private bool TryTake([NotNullWhen(true)] out IThreadPoolWorkItem? item)
    {
        if (IsEmpty)
        {
            item = null;
            return false;
        }

        lock (_gate)
        {
            if (!_items.TryDequeue(out item))
            {
                return false;
            }

            Volatile.Write(ref _count, _items.Count);
            return true;
        }
    }

    private bool Run(IThreadPoolWorkItem item, int mine, bool alone)
    {
        if (TryRunApart(item))
        {
            return true;
        }

        if (alone)
        {
            // What it sends shall not wait for it to return: nothing else is there to share a write with.
            output.Flush();
            output.Uncork();
            OutputBatch.End();
        }

        Volatile.Write(ref _running, (item as ActiveCall)?.Method);
        Volatile.Write(ref _begun, _begun + 1);
        SharedThread.Run(item);
        if (State == mine)
        {
            return true;
        }

        if (item is SequenceProducer producer)
        {
            producer.HeldUp();
        }

        return false;
    }

    // Nobody looks whether it comes back: a method that was kept shows that by itself, when it does.
    private void RunAlone(IThreadPoolWorkItem item)
    {
        if (TryRunApart(item))
        {
            return;
        }

        MethodDescriptor? method = (item as ActiveCall)?.Method;
        long start = Stopwatch.GetTimestamp();
        SharedThread.Run(item);
        if (method is not null && HoldUps.IsTooLong(start))
        {
            method.HeldUp();
        }
    }

    private bool TryRunApart(IThreadPoolWorkItem item)
    {
        if (item is not ActiveCall { Method: { HoldsUp: true, Inline: false } } call)
        {
            return false;
        }

        // Before: giving it away may take a while on a busy machine, and is no sign of a thread that is stuck.
        Volatile.Write(ref _begun, _begun + 1);
        BlockingThreads.Run(call);
        return true;
    }

    private void Leave()
    {
        _current = null;
        output.Uncork();
        OutputBatch.End();
    }

    private void FlushForPredecessor()
    {
        output.Flush();
        _batch?.Close();
    }
}
