using TrustRpc.Framing;
using TrustRpc.Messages;

namespace TrustRpc.Streams;

/// <summary>
/// A sequence that this side produces: when its enumerator is moved and by whom, when the consumer is answered, and when it ends (section 6). Runs ahead of its consumer by the read-ahead and no further.
/// </summary>
/// <remarks>
/// Everything below is under one lock, which no user code runs under. The producer is active while its enumerator is at work, on a thread or waiting; whoever finds it
/// inactive may make it active, and must then run it. So its enumerator is moved by one at a time and disposed once, by whoever runs it last.
/// </remarks>
internal abstract class SequenceProducer : IThreadPoolWorkItem
{
    /// <summary>How long the first answer may gather items before what is there leaves.</summary>
    private static readonly TimeSpan s_gathering = TimeSpan.FromMilliseconds(1);

    /// <summary>Room in a frame for everything but the items: the envelope and an id of the largest kind.</summary>
    private const int EnvelopeRoom = 1024;

    /// <summary>Items in a run that took its thread's place, below which the enumerator must have blocked.</summary>
    private const int FewItems = 16;

    private readonly Lock _gate = new();
    private readonly IStreamHost _host;
    private readonly Producers _owner;
    private readonly CancellationTokenSource _cancellation;
    private readonly MethodToken? _methodToken;
    private SequenceAnswers _answers;
    private bool _active;
    private bool _ended;
    private bool _freed;
    private bool _drained;
    private HoldUps _holdUps;

    private protected SequenceProducer(IStreamHost host, Producers owner, string method, CancellationTokenSource? cancellation, MethodToken? methodToken)
    {
        _host = host;
        _owner = owner;
        _cancellation = cancellation ?? new CancellationTokenSource();
        _methodToken = methodToken;
        Method = method;
        int maxBytes = Math.Min(host.Limits.ReadAheadBytes, host.MaxFrame - EnvelopeRoom);
        Items = new ItemBuffer(_gate, host.Limits.ReadAheadItems, maxBytes, host.MaxFrame);
        _answers = new SequenceAnswers(host, owner, this, Items);
    }

    /// <summary>What the peer calls it; 0 as long as it has not been told.</summary>
    public long Token => _answers.Token;

    /// <summary>The method whose argument or result it is.</summary>
    public string Method { get; }

    /// <summary>Its enumerator was seen to block: it is not run on a thread that reads.</summary>
    public bool HoldsUp => _holdUps.AreOften;

    private protected ItemBuffer Items { get; }

    /// <summary>Items made in the current run.</summary>
    private protected int Made { get; set; }

    /// <summary>Fires when the sequence ends before its time.</summary>
    private protected CancellationToken Cancellation => _cancellation.Token;

    /// <summary>Runs the enumerator until it waits or the read-ahead is full; to be called by whoever made the producer active.</summary>
    public abstract void Execute();

    /// <summary>A run has taken so long that another thread took its thread's place.</summary>
    public void HeldUp()
    {
        if (Made < FewItems)
        {
            _holdUps.Add(Environment.TickCount);
        }
    }

    /// <summary>Opens an argument or a part of a result: it begins when it is first asked for items.</summary>
    public long Open()
    {
        _owner.Add(this);
        return _answers.Publish();
    }

    /// <summary>
    /// Opens the result of a call and runs it until its first items are sent as the answer: as many as come at once. True where the caller must
    /// <see cref="Execute"/> it further.
    /// </summary>
    /// <exception cref="RpcException">Too many sequences are open; nothing was answered.</exception>
    public bool OpenAsAnswer(RequestId call)
    {
        _answers.Open(call, _host.DeadlineAfter(s_gathering), isCall: true);
        _active = true;
        _owner.Add(this);
        _host.Watch(_answers.Deadline);
        return RunToFirstAnswer();
    }

    /// <summary>The consumer asks for items: answered now from what is ready, else as soon as there is one.</summary>
    public void Next(RequestId request, long deadline)
    {
        bool answered = true;
        bool resume = false;
        lock (_gate)
        {
            if (_drained)
            {
                _answers.Refuse(request, RpcErrorCode.Cancelled, StreamFailure.Drained(Method));
            }
            else if (_freed)
            {
                _answers.Refuse(request, RpcErrorCode.UnknownStream, "The sequence has ended.");
            }
            else if (_answers.IsOpen)
            {
                _answers.Refuse(request, RpcErrorCode.InvalidRequest, "A request for items of this sequence is open already.");
            }
            else
            {
                _answers.Open(request, deadline);
                answered = AnswerNow();
                resume = !_active && !_ended && !_freed;
                _active |= resume;
            }
        }

        Flush(answered);
        if (!answered)
        {
            _host.Watch(deadline);
        }

        if (resume)
        {
            Resume();
        }
    }

    /// <summary>Ends the sequence before its time: an open request gets an error, the enumerator is told and disposed.</summary>
    public void Abort(StreamEnd why)
    {
        bool answered;
        lock (_gate)
        {
            if (_freed)
            {
                return;
            }

            answered = Free(why);
        }

        if (answered)
        {
            _host.Flush();
        }

        Forget();
    }

    /// <summary>A look at <see cref="Holds"/> without the lock: it may be wrong either way.</summary>
    public bool SeemsToHold(RequestId request) => _answers.Has(request);

    /// <summary>Whether the request of that id, the call itself included, is open here.</summary>
    public bool Holds(RequestId request)
    {
        lock (_gate)
        {
            return _answers.Has(request);
        }
    }

    /// <summary>Aborts the sequence if that request is the open one.</summary>
    public bool TryCancelNext(RequestId request)
    {
        lock (_gate)
        {
            if (_freed || !_answers.Is(request))
            {
                return false;
            }

            Free(StreamEnd.Consumer);
        }

        Flush(added: true);
        return true;
    }

    /// <summary>Answers a request whose time is up; the time of the one that is open.</summary>
    public long Expire(long now)
    {
        lock (_gate)
        {
            if (_freed || !_answers.IsOpen || _answers.Deadline > now)
            {
                return _answers.Deadline;
            }

            if (_answers.IsCall)
            {
                AnswerNow();
            }
            else
            {
                Free(StreamEnd.Deadline);
            }
        }

        Flush(added: true);
        return long.MaxValue;
    }

    /// <summary>Keeps the item just written and answers an open request with it. False where the run is over: the read-ahead is full or the sequence aborted.</summary>
    private protected bool Keep()
    {
        bool answered;
        bool goOn;
        lock (_gate)
        {
            if (_freed)
            {
                return true;
            }

            Items.Keep();
            answered = _answers.IsOpen && (!_answers.IsCall || Items.IsFull) && AnswerNow();
            goOn = !Items.IsFull;
            _active = goOn;
        }

        Flush(answered);
        return goOn;
    }

    /// <summary>True where the run goes on; false where the sequence was aborted and the enumerator must be disposed.</summary>
    private protected bool IsWanted => !Volatile.Read(ref _freed);

    private protected bool Gathers => _answers.IsCall;

    /// <summary>The enumerator waits: the first answer leaves with what is there.</summary>
    private protected void Waits()
    {
        if (!Gathers)
        {
            return;
        }

        bool answered;
        lock (_gate)
        {
            answered = _answers.IsCall && !_freed && AnswerNow();
        }

        Flush(answered);
    }

    /// <summary>The enumerator is disposed and the sequence at its end, or at its failure.</summary>
    private protected void Ended(Exception? exception)
    {
        StreamFailure? failure = exception is null || !IsWanted ? null : _host.Describe(exception, Method);
        bool answered;
        lock (_gate)
        {
            _ended = true;
            if (_freed)
            {
                Items.Clear();
                return;
            }

            _answers.End(failure);
            answered = _answers.IsOpen && AnswerNow();
        }

        Flush(answered);
    }

    private protected abstract bool RunToFirstAnswer();

    private void Resume()
    {
        if (HoldsUp)
        {
            _host.RunApart(this);
        }
        else
        {
            _host.RunSoon(this);
        }
    }

    // Frees the sequence with its last answer; false where nothing is ready.
    private bool AnswerNow()
    {
        bool answered = _answers.TryAnswer(_ended, out bool isLast);
        if (isLast)
        {
            SetFreed();
        }

        return answered;
    }

    // Under the lock; true where somebody asked and is there.
    private bool Free(StreamEnd why)
    {
        SetFreed();
        _drained = why == StreamEnd.Drained;
        return _answers.Abort(why);
    }

    private void SetFreed()
    {
        Volatile.Write(ref _freed, true);
        if (!_active || _ended)
        {
            Items.Clear();
        }
    }

    // Takes what has been freed off the table, and sees to it that its enumerator ends.
    private void Forget()
    {
        bool ended;
        bool dispose;
        lock (_gate)
        {
            ended = _ended;
            dispose = !_active && !_ended;
            _active |= dispose;
        }

        if (_owner.Remove(this))
        {
            _methodToken?.Leave(early: !ended);
        }

        if (ended)
        {
            return;
        }

        // What the enumerator has registered runs elsewhere: whoever aborts may be the reader.
        _ = _cancellation.CancelAsync();
        if (dispose)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    // Outside the lock, after an answer that may have been the last.
    private void Flush(bool added)
    {
        if (added)
        {
            _host.Flush();
            if (!IsWanted)
            {
                Forget();
            }
        }
    }
}
