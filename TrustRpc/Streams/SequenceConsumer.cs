using System.Text.Json;
using TrustRpc.Messages;

namespace TrustRpc.Streams;

/// <summary>
/// A sequence of the peer's: what has been asked for, what has arrived, and how it ended (section 6). The next batch is asked for as soon as one has come, and at most
/// two are held: the one being consumed and the next.
/// </summary>
internal abstract class SequenceConsumer : IThreadPoolWorkItem
{
    private const int ShortBatch = 512;

    private readonly Lock _gate = new();
    private readonly IStreamHost? _host;
    private readonly ForgottenSequence? _forgotten;
    private PayloadBuffer _first;
    private PayloadBuffer _second;
    private PayloadBuffer _spare;
    private int _arrived;
    private bool _hasBatchInHand;
    private bool _asked;
    private bool _last;
    private bool _waits;
    private bool _endedByPeer;
    private bool _closed;
    private bool _stopped;
    private Exception? _error;
    private IStreamRequest? _request;
    private ManualResetEventSlim? _blocked;
    private Action? _ended;

    /// <param name="host">The connection; null where the sequence is complete.</param>
    /// <param name="token">What the producer calls it.</param>
    /// <param name="method">The method whose argument or result it is.</param>
    /// <param name="itemTimeout">How long an item may be waited for.</param>
    /// <param name="ended">Told once when no more will come.</param>
    private protected SequenceConsumer(IStreamHost? host, long token, string method, TimeSpan itemTimeout, Action? ended)
    {
        _host = host;
        _ended = ended;
        _last = _closed = host is null;
        _forgotten = host is null ? null : new ForgottenSequence(host, token, ended);
        Token = token;
        Method = method;
        ItemTimeout = itemTimeout;
    }

    public long Token { get; }

    public string Method { get; }

    public TimeSpan ItemTimeout { get; }

    /// <summary>It was handed to a method that this side runs: how it fails is its caller's doing.</summary>
    public bool IsArgument { get; set; }

    /// <summary>True where a thread blocks for items: it is woken at once and runs nothing on the reader.</summary>
    public bool HasBlockedThread => Volatile.Read(ref _blocked) is not null;

    /// <summary>True once the consumer has given up: what is left of its batch is not handed out.</summary>
    private protected bool IsStopped => Volatile.Read(ref _stopped);

    private bool IsReady => _arrived > 0 || _last || _error is not null;

    /// <summary>To be called when the request has got its id, before it leaves.</summary>
    public void Requested(IStreamRequest request) => Volatile.Write(ref _request, request);

    /// <summary>A batch has arrived. Runs no user code, and copies the bytes.</summary>
    public void Answered(ReadOnlySpan<byte> json)
    {
        bool last;
        try
        {
            last = SequenceBatch.IsLast(json);
        }
        catch (JsonException e)
        {
            GiveUp(Unreadable(e));
            return;
        }

        bool atOnce;
        lock (_gate)
        {
            // Until the batch is kept the request counts as open, so that the consumer, who may be at work, asks for none.
            atOnce = !last && !_stopped && _error is null && _arrived == 0 && !_hasBatchInHand;
        }

        if (atOnce)
        {
            // The producer is at work again while this batch is copied; what it answers is read after it, by this same thread.
            _host!.Ask(this, withWork: IsShort(json));
        }

        if (Keep(json, last, mayAsk: !atOnce))
        {
            _host!.Ask(this);
        }

        if (last)
        {
            Close();
        }
    }

    /// <summary>True for a batch of an item or two: to go through it takes no longer than a write of its own for the next request.</summary>
    public static bool IsShort(ReadOnlySpan<byte> json) => json.Length <= ShortBatch;

    /// <summary>The request has failed; the consumer learns it when it has used up what is there.</summary>
    /// <param name="error">What it gets.</param>
    /// <param name="byPeer">True for an error answer, with which the producer has freed the sequence.</param>
    public void Failed(Exception error, bool byPeer)
    {
        lock (_gate)
        {
            _asked = false;
            _error ??= error;
            _endedByPeer |= byPeer;
        }

        Close();
    }

    /// <summary>Hands over what has come: lets the consumer go on, or wakes its thread. Does nothing where it does not wait.</summary>
    public void Execute()
    {
        if (_blocked is { } blocked)
        {
            blocked.Set();
            return;
        }

        lock (_gate)
        {
            if (!_waits || !IsReady)
            {
                return;
            }

            _waits = false;
        }

        bool has;
        try
        {
            has = TryTakeBatch(out _);
        }
        catch (Exception e)
        {
            Continue(false, e);
            return;
        }

        Continue(has, null);
    }

    /// <summary>No more is wanted: what has arrived is dropped, the producer is told, and whoever waits gets the error.</summary>
    public void GiveUp(Exception error)
    {
        IStreamRequest? request;
        lock (_gate)
        {
            if (_stopped)
            {
                return;
            }

            Volatile.Write(ref _stopped, true);
            _error = error;
            request = _asked ? _request : null;
            _asked = false;
            _arrived = 0;
            _first.Clear();
            _second.Clear();
        }

        if (request is not null)
        {
            _host!.GiveUp(request);
        }

        Close();
        Wake();
    }

    /// <summary>Whoever waits goes on elsewhere: this thread may be the reader's, a timer's or another caller's.</summary>
    public void Wake()
    {
        if (HasBlockedThread)
        {
            Execute();
        }
        else if (Volatile.Read(ref _waits))
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <summary>Asks for the first batch beyond what came with the sequence itself.</summary>
    private protected void Begin(bool hasBatchInHand)
    {
        bool ask;
        lock (_gate)
        {
            _hasBatchInHand = hasBatchInHand;
            ask = MayAsk();
        }

        if (ask)
        {
            _host!.Ask(this);
        }
    }

    /// <summary>
    /// Takes the next batch where the one in hand is used up. False where there is none: with <paramref name="pending"/> the consumer waits from now on, else the
    /// sequence is at its end. Throws how it failed.
    /// </summary>
    private protected bool TryTakeBatch(out bool pending)
    {
        while (true)
        {
            PayloadBuffer batch;
            bool ask;
            lock (_gate)
            {
                _hasBatchInHand = _arrived > 0;
                pending = !IsReady;
                if (!_hasBatchInHand)
                {
                    _waits = pending;
                    break;
                }

                batch = _first;
                _first = _second;
                _second = _spare;
                _arrived--;
                ask = MayAsk();
            }

            if (ask)
            {
                _host!.Ask(this);
            }

            if (Read(ref batch) > 0)
            {
                return true;
            }
        }

        return pending || _error is null ? false : throw Marked(_error);
    }

    /// <summary>From now on the consumer is a thread that blocks.</summary>
    private protected void BeginBlocking() => _blocked ??= new ManualResetEventSlim();

    /// <summary>Blocks the thread until <see cref="TryTakeBatch"/> may have something.</summary>
    private protected void Block()
    {
        _host!.BeforeBlocking();
        _blocked!.Wait();
        _blocked.Reset();
    }

    /// <summary>Reads a batch; the number of its items.</summary>
    private protected abstract int Read(ReadOnlySpan<byte> json);

    /// <summary>Lets the consumer go on. Runs its code.</summary>
    private protected abstract void Continue(bool hasItems, Exception? error);

    // True where the caller must ask.
    private bool Keep(ReadOnlySpan<byte> json, bool last, bool mayAsk)
    {
        lock (_gate)
        {
            if (_stopped)
            {
                return false;
            }

            (_arrived == 0 ? ref _first : ref _second).Set(json);
            _arrived++;
            _last = _endedByPeer = last;
            if (!mayAsk)
            {
                return false;
            }

            _asked = false;
            return MayAsk();
        }
    }

    private bool MayAsk()
    {
        bool may = !_asked && !_last && _error is null && _arrived + (_hasBatchInHand ? 1 : 0) <= 1;
        _asked |= may;
        return may;
    }

    private int Read(ref PayloadBuffer batch)
    {
        try
        {
            return Read(batch.Span);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException)
        {
            RpcCallException unreadable = Unreadable(e);
            GiveUp(unreadable);
            throw Marked(unreadable);
        }
        finally
        {
            batch.Clear();
            _spare = batch;
        }
    }

    private Exception Marked(Exception error)
    {
        if (IsArgument && error is RpcException broken)
        {
            broken.BrokeArgumentOf = _host;
        }

        return error;
    }

    private RpcCallException Unreadable(Exception e)
        => new(RpcErrorCode.ResultNotSendable, $"The items of '{Method}' cannot be read: {e.Message}", e);

    // No more will come. The producer is told unless it knows: it has ended the sequence itself.
    private void Close()
    {
        bool abort;
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
            abort = !_endedByPeer;
        }

        _forgotten!.Remember();

        if (abort)
        {
            _host!.Abort(Token);
        }

        _ended?.Invoke();
        _ended = null;
    }
}
