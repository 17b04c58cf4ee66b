using TrustRpc.Messages;

namespace TrustRpc.Streams;

/// <summary>The sequences that this side produces on one connection, found by their tokens. Thread-safe.</summary>
internal sealed class Producers(IStreamHost host)
{
    private readonly Lock _gate = new();
    private HashSet<SequenceProducer>? _open;
    private Dictionary<long, SequenceProducer>? _byToken;
    private long _lastToken;
    private bool _ended;
    private TaskCompletionSource? _empty;

    /// <summary>Sequences open, those included that have no token yet.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _open?.Count ?? 0;
            }
        }
    }

    /// <summary>Makes room for a producer.</summary>
    /// <exception cref="RpcException">Too many are open, or the connection has ended.</exception>
    public void Add(SequenceProducer producer)
    {
        int most = host.Limits.MaxStreams;
        lock (_gate)
        {
            if (_ended)
            {
                throw new RpcException(RpcErrorCode.Unavailable, "The connection has ended.");
            }

            if (_open?.Count >= most)
            {
                throw new RpcException(RpcErrorCode.ResourceExhausted, $"{most} sequences are open on this connection already, which is the limit.");
            }

            (_open ??= []).Add(producer);
        }
    }

    /// <summary>Gives an open producer the token by which the peer asks for its items.</summary>
    public long Publish(SequenceProducer producer)
    {
        lock (_gate)
        {
            (_byToken ??= []).Add(++_lastToken, producer);
            return _lastToken;
        }
    }

    /// <summary>False where it was not there any more.</summary>
    public bool Remove(SequenceProducer producer)
    {
        lock (_gate)
        {
            bool was = _open is not null && _open.Remove(producer);
            _byToken?.Remove(producer.Token);
            if (_open is null or { Count: 0 })
            {
                _empty?.TrySetResult();
            }

            return was;
        }
    }

    /// <summary>Completes when every sequence has ended; to be asked for once no more are added.</summary>
    public Task WhenFinished()
    {
        lock (_gate)
        {
            return _open is null or { Count: 0 } ? Task.CompletedTask : (_empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Whether the connection has ended them all before it is closed.</summary>
    public bool AreDrained { get; private set; }

    /// <summary>The peer asks for items.</summary>
    public bool TryNext(long token, RequestId id, long deadline)
    {
        SequenceProducer? producer = Find(token);
        producer?.Next(id, deadline);
        return producer is not null;
    }

    /// <summary>The peer wants no more of a sequence; nothing happens where it is unknown.</summary>
    public void Abort(long token) => Find(token)?.Abort(StreamEnd.Consumer);

    /// <summary>The peer cancels a request for items, which frees the sequence; false where no such request is open.</summary>
    public bool TryCancelNext(RequestId id) => All().Exists(producer => producer.TryCancelNext(id));

    /// <summary>Whether a request of that id is open at one of them.</summary>
    public bool Hold(RequestId id)
    {
        if (Volatile.Read(ref _open) is null)
        {
            return false;
        }

        SequenceProducer? found = null;
        lock (_gate)
        {
            foreach (SequenceProducer producer in _open!)
            {
                if (producer.SeemsToHold(id))
                {
                    found = producer;
                    break;
                }
            }
        }

        // Not within: a producer takes its own lock first, and then this one.
        return found is not null && found.Holds(id);
    }

    /// <summary>Ends every sequence.</summary>
    public void EndAll(StreamEnd why)
    {
        lock (_gate)
        {
            _ended = true;
            AreDrained |= why == StreamEnd.Drained;
        }

        All().ForEach(producer => producer.Abort(why));
    }

    /// <summary>Answers requests whose time is up; the time of the next one.</summary>
    public long Expire(long now)
    {
        long next = long.MaxValue;
        foreach (SequenceProducer producer in All())
        {
            next = Math.Min(next, producer.Expire(now));
        }

        return next;
    }

    private SequenceProducer? Find(long token)
    {
        lock (_gate)
        {
            return _byToken?.GetValueOrDefault(token);
        }
    }

    private List<SequenceProducer> All()
    {
        lock (_gate)
        {
            return _open is null ? [] : [.. _open];
        }
    }
}
