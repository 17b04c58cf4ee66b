using TrustRpc.Messages;

namespace TrustRpc.Connections;

/// <summary>
/// The calls of the peer's that this side is running, found by their ids. One that was answered because its time was up keeps its place until its method has ended;
/// a call that finds no place for that reason waits for one, because its caller cannot know. Thread-safe.
/// </summary>
/// <param name="maxRunning">Methods that may run at once.</param>
internal sealed class ActiveCalls(int maxRunning)
{
    private const int InitialBuckets = 4;

    private readonly Lock _gate = new();
    private readonly CallsInLine _waiting = new();
    private ActiveCall?[] _buckets = new ActiveCall?[InitialBuckets];
    private int _count;
    private int _answeredEarly;
    private int _unfinished;
    private CallEnd _ended;
    private TaskCompletionSource? _empty;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Calls that their caller has no answer to.</summary>
    public int Unanswered => Count - Volatile.Read(ref _answeredEarly);

    /// <summary>Bytes of arguments of those that wait for a place.</summary>
    public long BytesInLine => _waiting.Bytes;

    /// <summary>Calls whose answer is not on its way, those that were removed included.</summary>
    public int Unfinished => Volatile.Read(ref _unfinished);

    /// <summary>Whether a call with that id is running and unanswered.</summary>
    public bool Has(RequestId id)
    {
        lock (_gate)
        {
            return Find(id) is not null;
        }
    }

    /// <summary>False where a call with that id is running: the peer broke the protocol.</summary>
    /// <param name="call">The call.</param>
    /// <param name="begins">True where it is to be run now; else <see cref="Remove"/> hands it over when it is its turn.</param>
    public bool TryAdd(ActiveCall call, out bool begins)
    {
        lock (_gate)
        {
            begins = false;
            if (Find(call.Id) is not null)
            {
                return false;
            }

            if (_count >= _buckets.Length)
            {
                Grow();
            }

            // Everything was cancelled a moment ago: what the reader still had in hand is answered and not begun.
            begins = _ended != CallEnd.None ? call.TryEnd(_ended, out _) : _count - _waiting.Count < maxRunning;
            if (!begins)
            {
                _waiting.Add(call);
            }

            Link(_buckets, call);
            _count++;
            Interlocked.Increment(ref _unfinished);
            return true;
        }
    }

    /// <summary>Frees the call's id and place; to be done before its answer leaves, because whoever reads that may use both again.</summary>
    /// <returns>The call that has waited for the place and is to be run now; null = none.</returns>
    public ActiveCall? Remove(ActiveCall call)
    {
        lock (_gate)
        {
            ref ActiveCall? link = ref _buckets[Bucket(call.Id)];
            while (link is not null && link != call)
            {
                link = ref link.NextInBucket;
            }

            if (link is null)
            {
                return null;
            }

            link = call.NextInBucket;
            call.NextInBucket = null;
            _count--;
            _answeredEarly -= call.IsAnsweredEarly ? 1 : 0;
            if (_waiting.Count == 0 || _count - _waiting.Count >= maxRunning)
            {
                return null;
            }

            return _waiting.TakeFirst();
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

    /// <summary>Cancels the call of that id; false where there is none. One that has waited for its turn is answered at once, because nothing of it may wait for a free thread.</summary>
    public bool Cancel(RequestId id, CallEnd why)
    {
        ActiveCall? call;
        CancellationTokenSource? source = null;
        bool waited;
        lock (_gate)
        {
            call = Find(id);
            waited = call is not null && call.TryEnd(why, out source) && _waiting.Remove(call);
        }

        // What the method has registered runs elsewhere: whoever cancels is the reader.
        _ = source?.CancelAsync();
        if (waited)
        {
            call!.Execute();
        }

        return call is not null;
    }

    /// <summary>Cancels every call; where the peer is still there, each is answered in its method's place.</summary>
    public void CancelAll(CallEnd why)
    {
        List<(ActiveCall Call, CancellationTokenSource? Source)> ended = [];
        ActiveCall[] waited;
        lock (_gate)
        {
            _ended = why;
            waited = _waiting.TakeAll();
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
            if (why is CallEnd.Drained or CallEnd.PeerLeft)
            {
                call.AnswerEarly(RpcErrorCode.Cancelled, MethodFailure.CancelledMessage(call.Method.Name, why));
            }

            call.Release();
            _ = source?.CancelAsync();
        }

        Array.ForEach(waited, static call => call.Execute());
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
        List<(ActiveCall Call, CancellationTokenSource? Source, bool Waited)>? due = null;
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
                        call.IsAnsweredEarly = true;
                        _answeredEarly++;
                        (due ??= []).Add((call, source, _waiting.Remove(call)));
                    }
                }
            }
        }

        foreach ((ActiveCall call, CancellationTokenSource? source, bool waited) in due ?? [])
        {
            call.AnswerEarly(RpcErrorCode.DeadlineExceeded, MethodFailure.DeadlineMessage(call.Method.Name));
            if (waited)
            {
                call.Execute();
            }

            call.Release();
            _ = source?.CancelAsync();
        }

        return next;
    }

    // The id of a call that has been answered is free.
    private ActiveCall? Find(RequestId id)
    {
        ActiveCall? call = _buckets[Bucket(id)];
        while (call is not null && (!call.Id.Equals(id) || call.IsAnsweredEarly))
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
