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

    private const int InitialSize = 1024;

    /// <summary>A write is at most this long, so that a slow peer's progress shows.</summary>
    private const int LargestWrite = 256 * 1024;

    private readonly Lock _gate = new();
    private readonly Stream _stream;
    private readonly TimeProvider _time;
    private readonly Action<Exception> _failed;
    private readonly int _corkedSize;
    private readonly Action _written;
    private byte[]? _gathering;
    private int _gathered;
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
    private bool _takesNoRequests;
    private TaskCompletionSource? _finished;

    /// <param name="stream">Where the frames go; written to by one thread at a time.</param>
    /// <param name="time">Where time comes from.</param>
    /// <param name="failed">Called once when a write has failed; nothing is written after that.</param>
    /// <param name="corkedSize">While a batch is worked off, this many bytes leave on the way: the peer works on them while the rest is made.</param>
    public OutputQueue(Stream stream, TimeProvider time, Action<Exception> failed, int corkedSize = 1024)
    {
        _corkedSize = corkedSize;
        _stream = stream;
        _time = time;
        _failed = failed;
        _written = OnWritten;
    }

    /// <summary>Bytes that wait to be taken by the transport.</summary>
    public int Unsent => Volatile.Read(ref _gathered) + Volatile.Read(ref _leavingCount);

    /// <summary>When a write that had to wait for the peer last went through; 0 = never.</summary>
    public long LastAccepted => Volatile.Read(ref _lastAccepted);

    /// <summary>Since when the write that runs has waited for the peer to take it; <see cref="NotWaiting"/> where none does.</summary>
    public long WaitsSince => Volatile.Read(ref _waitsSince);

    /// <summary>How often what had gathered began to leave: two turns on, all that waited before has left.</summary>
    public int Turns => Volatile.Read(ref _turns);

    /// <summary>True where frames wait for a flush or for the write that runs.</summary>
    public bool HasGathered => Volatile.Read(ref _gathered) != 0;

    /// <summary>
    /// From here to <see cref="Uncork"/> what this thread adds stays until a few KiB have gathered. One thread has the queue corked, the last that asked to:
    /// whoever it was before may be stuck and must not hold anything back.
    /// </summary>
    public void Cork() => Volatile.Write(ref _corkedBy, Environment.CurrentManagedThreadId);

    public void Uncork() => Interlocked.CompareExchange(ref _corkedBy, 0, Environment.CurrentManagedThreadId);

    /// <summary>Adds a finished frame and, unless this thread has corked the queue, sees to it that it leaves.</summary>
    public void Add(ReadOnlySpan<byte> frame)
    {
        lock (_gate)
        {
            if (_ended || !Gather(frame))
            {
                return;
            }
        }

        WriteAll();
    }

    /// <summary>As <see cref="Add"/> for a frame that begins a call; false, and nothing is added, after <see cref="TakeNoRequests"/>.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="added">Set where the result is true, and before <see cref="TakeNoRequests"/> can return.</param>
    public bool TryAddRequest(ReadOnlySpan<byte> frame, ref bool added)
    {
        lock (_gate)
        {
            if (_takesNoRequests)
            {
                return false;
            }

            added = true;
            if (_ended || !Gather(frame))
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
            if (!_ended)
            {
                Append(frame);
                Append(goesOn);
                Append(ends);
            }
        }
    }

    /// <summary>Sees to it that what was added unhurriedly leaves, unless this thread has corked the queue.</summary>
    public void Release()
    {
        lock (_gate)
        {
            if (_gathered == 0 || !Gather(default))
            {
                return;
            }
        }

        WriteAll();
    }

    /// <summary>Sees to it that everything added so far leaves.</summary>
    public void Flush()
    {
        if (Volatile.Read(ref _gathered) == 0)
        {
            return;
        }

        lock (_gate)
        {
            if (_writing || _gathered == 0)
            {
                return;
            }

            Take();
        }

        WriteAll();
    }

    /// <summary>Takes no more frames; completes when all that were added have left. To be called once.</summary>
    public Task FinishAsync()
    {
        lock (_gate)
        {
            _ended = true;
            if (!_writing && _gathered == 0)
            {
                return Task.CompletedTask;
            }

            _finished = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        Flush();
        return _finished.Task;
    }

    /// <summary>Removes the frame whose body begins so; false where it has begun to leave.</summary>
    public bool TryTakeBack(ReadOnlySpan<byte> start)
    {
        lock (_gate)
        {
            int at = Find(start);
            if (at < 0)
            {
                return false;
            }

            int length = FrameHeader.Size + FrameHeader.Read(_gathering.AsSpan(at)).Length;
            _gathering.AsSpan(at + length, _gathered - at - length).CopyTo(_gathering.AsSpan(at));
            _gathered -= length;
            return true;
        }
    }

    /// <summary>Drops what has not left; later frames are dropped as well.</summary>
    public void End()
    {
        lock (_gate)
        {
            _ended = true;
            _gathered = 0;
            if (_gathering is { } gathering)
            {
                _gathering = null;
                ArrayPool<byte>.Shared.Return(gathering);
            }
        }
    }

    // True = to be written by this thread, after the lock.
    private bool Gather(ReadOnlySpan<byte> frame)
    {
        Append(frame);
        if (_writing || (_gathered < _corkedSize && _corkedBy == Environment.CurrentManagedThreadId))
        {
            return false;
        }

        Take();
        return true;
    }

    private int Find(ReadOnlySpan<byte> start)
    {
        int at = 0;
        while (at < _gathered)
        {
            if (_gathering.AsSpan(at + FrameHeader.Size, _gathered - at - FrameHeader.Size).StartsWith(start))
            {
                return at;
            }

            at += FrameHeader.Size + FrameHeader.Read(_gathering.AsSpan(at)).Length;
        }

        return -1;
    }

    private void Append(ReadOnlySpan<byte> frame)
    {
        int needed = _gathered + frame.Length;
        if (_gathering is null || needed > _gathering.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(InitialSize, needed), 2 * _gathered));
            if (_gathering is { } gathering)
            {
                gathering.AsSpan(0, _gathered).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(gathering);
            }

            _gathering = larger;
        }

        frame.CopyTo(_gathering.AsSpan(_gathered));
        _gathered = needed;
    }

    private void Take()
    {
        _writing = true;
        _turns++;
        _leaving = _gathering;
        _leavingCount = _gathered;
        _left = 0;
        _gathering = null;
        _gathered = 0;
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
                    write.UnsafeOnCompleted(_written);
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
            if (_gathered == 0)
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
        }

        _finished?.TrySetException(e);

        // What waited is dropped only then: its owner asks which calls had not begun to leave.
        _failed(e);
        End();
    }
}
