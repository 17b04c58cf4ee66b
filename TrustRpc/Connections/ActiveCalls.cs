using TrustRpc.Messages;

namespace TrustRpc.Connections;

/// <summary>The calls of the peer's that this side is running, found by their ids. Thread-safe.</summary>
internal sealed class ActiveCalls
{
    private const int InitialBuckets = 16;

    private readonly Lock _gate = new();
    private ActiveCall?[] _buckets = new ActiveCall?[InitialBuckets];
    private int _count;
    private int _unfinished;
    private CallEnd _ended;
    private TaskCompletionSource? _empty;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Calls whose answer is not on its way, those that were removed included.</summary>
    public int Unfinished => Volatile.Read(ref _unfinished);

    /// <summary>False where a call with that id is running: the peer broke the protocol.</summary>
    public bool TryAdd(ActiveCall call)
    {
        lock (_gate)
        {
            if (Find(call.Id) is not null)
            {
                return false;
            }

            if (_count >= _buckets.Length)
            {
                Grow();
            }

            Link(_buckets, call);
            _count++;
            Interlocked.Increment(ref _unfinished);
            if (_ended != CallEnd.None)
            {
                // Everything was cancelled a moment ago: what the reader still had in hand is not begun any more.
                call.TryEnd(_ended, out _);
            }

            return true;
        }
    }

    /// <summary>Frees the call's id and place; to be done before its answer leaves, because whoever reads that may use both again.</summary>
    public void Remove(ActiveCall call)
    {
        lock (_gate)
        {
            ref ActiveCall? link = ref _buckets[Bucket(call.Id)];
            while (link is not null && link != call)
            {
                link = ref link.NextInBucket;
            }

            if (link is not null)
            {
                link = call.NextInBucket;
                call.NextInBucket = null;
                _count--;
            }
        }
    }

    /// <summary>The answer of a call that was removed is on its way.</summary>
    public void Finish()
    {
        if (Interlocked.Decrement(ref _unfinished) == 0)
        {
            lock (_gate)
            {
                _empty?.TrySetResult();
            }
        }
    }

    /// <summary>Cancels the call of that id; false where there is none.</summary>
    public bool Cancel(RequestId id, CallEnd why)
    {
        ActiveCall? call;
        CancellationTokenSource? source = null;
        lock (_gate)
        {
            call = Find(id);
            call?.TryEnd(why, out source);
        }

        // What the method has registered runs elsewhere: whoever cancels is the reader.
        _ = source?.CancelAsync();
        return call is not null;
    }

    /// <summary>Cancels every call; where the peer is still there, each is answered in its method's place.</summary>
    public void CancelAll(CallEnd why)
    {
        List<(ActiveCall Call, CancellationTokenSource? Source)> ended = [];
        lock (_gate)
        {
            _ended = why;
            foreach (ActiveCall? first in _buckets)
            {
                for (ActiveCall? call = first; call is not null; call = call.NextInBucket)
                {
                    if (call.TryEnd(why, out CancellationTokenSource? source))
                    {
                        call.Hold();
                        ended.Add((call, source));
                    }
                }
            }
        }

        foreach ((ActiveCall call, CancellationTokenSource? source) in ended)
        {
            if (why == CallEnd.Drained)
            {
                call.AnswerEarly(RpcErrorCode.Cancelled, MethodFailure.CancelledMessage(call.Method.Name, why));
            }

            call.Release();
            _ = source?.CancelAsync();
        }
    }

    /// <summary>Completes when every call has been answered and finished; to be asked for once no more are added.</summary>
    public Task WhenFinished()
    {
        lock (_gate)
        {
            return Volatile.Read(ref _unfinished) == 0 ? Task.CompletedTask : (_empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Ends the calls whose time is up and answers in their place; the time of the next one.</summary>
    public long Expire(long now)
    {
        List<(ActiveCall Call, CancellationTokenSource? Source)>? due = null;
        long next = long.MaxValue;
        lock (_gate)
        {
            foreach (ActiveCall? first in _buckets)
            {
                for (ActiveCall? call = first; call is not null; call = call.NextInBucket)
                {
                    if (call.Deadline > now)
                    {
                        next = Math.Min(next, call.Deadline);
                    }
                    else if (call.TryEnd(CallEnd.Deadline, out CancellationTokenSource? source))
                    {
                        call.Hold();
                        (due ??= []).Add((call, source));
                    }
                }
            }
        }

        foreach ((ActiveCall call, CancellationTokenSource? source) in due ?? [])
        {
            call.AnswerEarly(RpcErrorCode.DeadlineExceeded, MethodFailure.DeadlineMessage(call.Method.Name));
            call.Release();
            _ = source?.CancelAsync();
        }

        return next;
    }

    private ActiveCall? Find(RequestId id)
    {
        ActiveCall? call = _buckets[Bucket(id)];
        while (call is not null && !call.Id.Equals(id))
        {
            call = call.NextInBucket;
        }

        return call;
    }

    private int Bucket(RequestId id) => id.GetHashCode() & (_buckets.Length - 1);

    private static void Link(ActiveCall?[] buckets, ActiveCall call)
    {
        ref ActiveCall? first = ref buckets[call.Id.GetHashCode() & (buckets.Length - 1)];
        call.NextInBucket = first;
        first = call;
    }

    private void Grow()
    {
        ActiveCall?[] larger = new ActiveCall?[2 * _buckets.Length];
        foreach (ActiveCall? first in _buckets)
        {
            ActiveCall? call = first;
            while (call is not null)
            {
                ActiveCall? next = call.NextInBucket;
                Link(larger, call);
                call = next;
            }
        }

        _buckets = larger;
    }
}
