using System.Buffers;
using System.Runtime.CompilerServices;

namespace TrustRpc.Framing;

/// <summary>
/// The one way out of a connection. Frames gather in one buffer; whoever finds no write running writes it, and goes on until nothing is left, so
/// that a lone frame leaves on its caller's thread and many leave in one system call.
/// </summary>
internal sealed class OutputQueue
{
    /// <summary>In the place of the time since which a write waits, where none does: later than any.</summary>
    public const long NotWaiting = long.MaxValue;

    /// <summary>A write is at most this long, so that a slow peer's progress shows.</summary>
    private const int LargestWrite = 256 * 1024;

    private readonly Lock _gate = new();
    private readonly Stream _stream;
    private readonly TimeProvider _time;
    private readonly Action<Exception> _failed;
    private readonly int _corkedSize;
    private readonly int _mostUnsent;
    private Action? _written;
    private GatheredFrames _gathered;
    private byte[]? _leaving;
    private int _leavingCount;
    private int _left;
    private long _lastAccepted;
    private long _waitsSince = NotWaiting;
    private int _turns;
    private ConfiguredValueTaskAwaitable.ConfiguredValueTaskAwaiter _write;
    private int _corkedBy;
    private bool _writing;
    private bool _ended;
    private bool _hasFailed;
    private bool _takesNoRequests;
    private TaskCompletionSource? _finished;

    /// <param name="stream">Where the frames go; written to by one thread at a time.</param>
    /// <param name="time">Where time comes from.</param>
    /// <param name="failed">Called when a write has failed, and when more would wait than may (<see cref="OutputFullException"/>); nothing is taken after that. The first call counts.</param>
    /// <param name="corkedSize">While a batch is worked off, this many bytes leave on the way: the peer works on them while the rest is made.</param>
    /// <param name="mostUnsent">How many bytes may wait; at most what an array holds.</param>
    public OutputQueue(Stream stream, TimeProvider time, Action<Exception> failed, int corkedSize = 1024, int mostUnsent = OutputFullException.MostEver)
    {
        _mostUnsent = mostUnsent;
        _corkedSize = corkedSize;
        _stream = stream;
        _time = time;
        _failed = failed;
    }

    /// <summary>Bytes that wait to be taken by the transport; never more than an array holds.</summary>
    public int Unsent => _gathered.Count + Volatile.Read(ref _leavingCount);

    /// <summary>When a write that had to wait for the peer last went through; 0 = never.</summary>
    public long LastAccepted => Volatile.Read(ref _lastAccepted);

    /// <summary>Since when the write that runs has waited for the peer to take it; <see cref="NotWaiting"/> where none does.</summary>
    public long WaitsSince => Volatile.Read(ref _waitsSince);

    /// <summary>How often what had gathered began to leave: two turns on, all that waited before has left.</summary>
    public int Turns => Volatile.Read(ref _turns);

    /// <summary>True where frames wait for a flush or for the write that runs.</summary>
    public bool HasGathered => _gathered.Count != 0;

    /// <summary>
    /// From here to <see cref="Uncork"/> what this thread adds stays until a few KiB have gathered. One thread has the queue corked, the last that asked to:
    /// whoever it was before may be stuck and must not hold anything back.
    /// </summary>
    public void Cork() => Volatile.Write(ref _corkedBy, Environment.CurrentManagedThreadId);

    public void Uncork() => Interlocked.CompareExchange(ref _corkedBy, 0, Environment.CurrentManagedThreadId);

    /// <summary>Adds a finished frame and, unless this thread has corked the queue or is at work for another one (<see cref="OutputBatch"/>), sees to it that it leaves.</summary>
    public void Add(ReadOnlySpan<byte> frame)
    {
        lock (_gate)
        {
            if (_ended || !Fits(frame.Length) || !Gather(frame))
            {
                return;
            }
        }

        WriteAll();
    }

    /// <summary>As <see cref="Add"/> for a frame that begins a call; false, and nothing is added, where none is taken any more.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="place">Set where the result is true, and before <see cref="TakeNoRequests"/> can return.</param>
    public bool TryAddRequest(ReadOnlySpan<byte> frame, ref RequestPlace place)
    {
        lock (_gate)
        {
            if (_takesNoRequests || _ended || place == RequestPlace.Withdrawn || !Fits(frame.Length))
            {
                return false;
            }

            place = RequestPlace.Queue;
            if (!Gather(frame))
            {
                return true;
            }
        }

        WriteAll();
        return true;
    }

    /// <summary>From here on no frame that begins a call follows those that are in the queue.</summary>
    public void TakeNoRequests()
    {
        lock (_gate)
        {
            _takesNoRequests = true;
        }
    }

    /// <summary>Adds a finished frame, in one piece or in three, that leaves with the next one, the next flush or the next <see cref="Release"/>.</summary>
    public void AddUnhurried(ReadOnlySpan<byte> frame, ReadOnlySpan<byte> goesOn = default, ReadOnlySpan<byte> ends = default)
    {
        lock (_gate)
        {
            if (!_ended && Fits((long)frame.Length + goesOn.Length + ends.Length))
            {
                _gathered.Append(frame);
                _gathered.Append(goesOn);
                _gathered.Append(ends);
            }
        }
    }

    /// <summary>Sees to it that what was added unhurriedly leaves, when <see cref="Add"/> would.</summary>
    public void Release()
    {
        lock (_gate)
        {
            if (_gathered.Count == 0 || !Gather(default))
            {
                return;
            }
        }

        WriteAll();
    }

    /// <summary>Sees to it that everything added so far leaves.</summary>
    public void Flush()
    {
        if (_gathered.Count == 0)
        {
            return;
        }

        lock (_gate)
        {
            if (_writing || _gathered.Count == 0)
            {
                return;
            }

            Take();
        }

        WriteAll();
    }

    /// <summary>Takes no more frames; completes when all that were added have left, or none can leave any more. To be called once.</summary>
    public Task FinishAsync()
    {
        lock (_gate)
        {
            _ended = true;
            if (_hasFailed || (!_writing && _gathered.Count == 0))
            {
                return Task.CompletedTask;
            }

            _finished = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_writing)
            {
                return _finished.Task;
            }

            // Under this lock: with the last frame taken back meanwhile, there would be no write to tell of its end.
            Take();
        }

        WriteAll();
        return _finished.Task;
    }

    /// <summary>Removes the frame whose body begins so; false where it has begun to leave.</summary>
    public bool TryTakeBack(ReadOnlySpan<byte> start)
    {
        lock (_gate)
        {
            return _gathered.TryRemove(start);
        }
    }

    /// <summary>As above for a request, which may not have been added yet: then it never is.</summary>
    public bool TryTakeBack(ReadOnlySpan<byte> start, ref RequestPlace place)
    {
        lock (_gate)
        {
            if (place == RequestPlace.Caller)
            {
                place = RequestPlace.Withdrawn;
                return true;
            }

            return _gathered.TryRemove(start);
        }
    }

    /// <summary>Drops what has not left; later frames are dropped as well.</summary>
    public void End()
    {
        lock (_gate)
        {
            _ended = true;
            _gathered.Clear();
        }
    }

    // Under the lock. What limits the output keeps it far below this as long as few calls are let in, or their answers are small: a thousand answers of 16 MiB each are not.
    private bool Fits(long more)
    {
        if (more <= _mostUnsent - Unsent)
        {
            return true;
        }

        // Elsewhere: whoever adds may hold what the end of the connection needs.
        _ended = true;
        ThreadPool.UnsafeQueueUserWorkItem(
            static queue =>
            {
                queue._failed(new OutputFullException());
                queue.End();
            },
            this,
            preferLocal: false);
        return false;
    }

    // True = to be written by this thread, after the lock.
    private bool Gather(ReadOnlySpan<byte> frame)
    {
        _gathered.Append(frame);
        if (_writing || (_gathered.Count < _corkedSize && (_corkedBy == Environment.CurrentManagedThreadId || OutputBatch.TryHold(this))))
        {
            return false;
        }

        Take();
        return true;
    }

    private void Take()
    {
        _writing = true;
        _turns++;
        _leaving = _gathered.Take(out _leavingCount);
        _left = 0;
    }

    private void WriteAll()
    {
        while (true)
        {
            try
            {
                Memory<byte> rest = _leaving.AsMemory(_left, Math.Min(_leavingCount - _left, LargestWrite));
                _left += rest.Length;
                var write = _stream.WriteAsync(rest).ConfigureAwait(false).GetAwaiter();
                if (!write.IsCompleted)
                {
                    _write = write;
                    Volatile.Write(ref _waitsSince, _time.GetTimestamp());
                    write.UnsafeOnCompleted(_written ??= OnWritten);
                    return;
                }

                write.GetResult();
            }
            catch (Exception e)
            {
                Fail(e);
                return;
            }

            if (_left == _leavingCount && !TakeNext())
            {
                return;
            }
        }
    }

    private void OnWritten()
    {
        try
        {
            _write.GetResult();
        }
        catch (Exception e)
        {
            Fail(e);
            return;
        }

        Volatile.Write(ref _waitsSince, NotWaiting);
        Volatile.Write(ref _lastAccepted, _time.GetTimestamp());
        if (_left < _leavingCount || TakeNext())
        {
            WriteAll();
        }
    }

    private bool TakeNext()
    {
        lock (_gate)
        {
            ArrayPool<byte>.Shared.Return(_leaving!);
            _leaving = null;
            _leavingCount = 0;
            if (_gathered.Count == 0)
            {
                _writing = false;
                _finished?.TrySetResult();
                return false;
            }

            Take();
            return true;
        }
    }

    private void Fail(Exception e)
    {
        // The buffer of a failed write is left to the collector: the transport may still hold it.
        lock (_gate)
        {
            _leaving = null;
            _leavingCount = 0;
            _ended = true;
            _hasFailed = true;
        }

        _finished?.TrySetException(e);

        // What waited is dropped only then: its owner asks which calls had not begun to leave.
        _failed(e);
        End();
    }
}
