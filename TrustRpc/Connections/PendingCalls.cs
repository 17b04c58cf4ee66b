using System.Diagnostics.CodeAnalysis;

namespace TrustRpc.Connections;

/// <summary>
/// The calls that this side has sent and the peer has not answered, found by their ids. Holds at most as many as the peer allows; further ones wait.
/// Thread-safe.
/// </summary>
internal sealed class PendingCalls(int maxCalls)
{
    private readonly Lock _gate = new();
    private readonly WaitingLine _line = new(maxCalls);
    private CallSlots _slots = new();
    private int _counted;
    private Exception? _ended;

    /// <summary>Callers that stand in line for a place.</summary>
    public int InLine
    {
        get
        {
            lock (_gate)
            {
                return _line.Count;
            }
        }
    }

    /// <summary>Requests in flight, those that were given up included.</summary>
    public int Count => _slots.Count;

    /// <summary>
    /// Gives the call an id and a place; false where as many are in flight as the peer allows. A call that is not counted always finds one.
    /// </summary>
    /// <exception cref="RpcConnectionException">The connection has ended.</exception>
    public bool TryAdd(PendingCall call, bool counted = true)
    {
        lock (_gate)
        {
            ThrowIfEnded();
            if (counted && (_counted >= maxCalls || !_line.IsEmpty))
            {
                return false;
            }

            Place(call, counted);
            return true;
        }
    }

    /// <summary>As <see cref="TryAdd"/> for a call that is not counted; false where the connection has ended.</summary>
    public bool TryAddUnlessEnded(PendingCall call)
    {
        lock (_gate)
        {
            if (_ended is not null)
            {
                return false;
            }

            Place(call, counted: false);
            return true;
        }
    }

    /// <summary>Stands in line for a place until the call's deadline: await or block on the task, then <see cref="Claim"/>.</summary>
    public Task WaitForTurn(PendingCall call, CancellationToken cancellationToken)
    {
        WaitingLine.Turn turn;
        lock (_gate)
        {
            ThrowIfEnded();
            if (_counted < maxCalls && _line.IsEmpty)
            {
                _counted++;
                return Task.CompletedTask;
            }

            // Whoever frees a place leaves it counted for the one in line, so that no newcomer takes it.
            turn = _line.Enter(call.Method, call.Deadline);
        }

        if (cancellationToken.CanBeCanceled)
        {
            CancellationTokenRegistration registration = cancellationToken.UnsafeRegister((_, token) => Leave(turn, token), null);
            turn.Task.ContinueWith(
                static (_, state) => ((CancellationTokenRegistration)state!).Unregister(),
                registration,
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }

        return turn.Task;
    }

    /// <summary>Takes the place whose turn has come.</summary>
    public void Claim(PendingCall call)
    {
        lock (_gate)
        {
            _counted--;
            ThrowIfEnded();
            Place(call, counted: true);
        }
    }

    /// <summary>
    /// Takes the call of an answered id off the table. False = no such id; true with null = the call was given up and this is its late answer.
    /// </summary>
    public bool TryAnswer(long id, out PendingCall? call) => TryAnswer(id, out call, out _);

    /// <param name="id">The id that was answered.</param>
    /// <param name="call">As above.</param>
    /// <param name="dropsSequence">True where the late answer of a call given up may hold a sequence.</param>
    public bool TryAnswer(long id, out PendingCall? call, out bool dropsSequence)
    {
        lock (_gate)
        {
            ref CallSlots.Slot slot = ref _slots[id];
            call = slot.Call;
            dropsSequence = slot.DropsSequence;
            if (slot.Id != id || id == 0)
            {
                call = null;
                return false;
            }

            Free(ref slot);
            return true;
        }
    }

    /// <summary>Ends the waiting of those in line whose time is up; the time of the next one.</summary>
    public long ExpireTurns(long now)
    {
        List<WaitingLine.Turn>? due = null;
        long next;
        lock (_gate)
        {
            next = _line.Expire(now, ref due);
        }

        due?.ForEach(turn => turn.TrySetException(_line.TooLate(turn)));
        return next;
    }

    /// <summary>Ends the waiting of all in line: nothing more is sent here.</summary>
    public void DismissTurns(Exception reason)
    {
        WaitingLine.Turn[] waiting;
        lock (_gate)
        {
            waiting = _line.TakeAll();
        }

        Array.ForEach(waiting, turn => turn.TrySetException(reason));
    }

    /// <summary>The caller no longer waits: true where the call was still unanswered, and whoever asked must end it. Its id stays taken until the peer answers.</summary>
    public bool TryGiveUp(PendingCall call) => TryGiveUp(call, call.Id);

    /// <summary>As above, for who is not the call's owner: by now it may be another call, with another id.</summary>
    public bool TryGiveUp(PendingCall call, long id)
    {
        lock (_gate)
        {
            ref CallSlots.Slot slot = ref _slots[id];
            if (slot.Call != call || slot.Id != id)
            {
                return false;
            }

            slot.Call = null;
            slot.DropsSequence = call.ExpectsSequence;
            return true;
        }
    }

    /// <summary>
    /// Frees the place of a call whose request will never leave. True where the call was still there, and whoever asked must end it; false where somebody else is ending it.
    /// </summary>
    public bool TryRemove(PendingCall call)
    {
        // In one step: a call given up and not yet off the table would be passed over by EndAll and ended by nobody.
        lock (_gate)
        {
            ref CallSlots.Slot slot = ref _slots[call.Id];
            if (slot.Id != call.Id)
            {
                return false;
            }

            bool mine = slot.Call == call;
            Free(ref slot);
            return mine;
        }
    }

    /// <summary>Visits the calls that still wait; the visitor must not call back.</summary>
    public void ForEach<TState>(ref TState state, Visitor<TState> visit)
    {
        lock (_gate)
        {
            foreach (ref CallSlots.Slot slot in _slots.All)
            {
                if (slot.Call is { } call)
                {
                    visit(call, ref state);
                }
            }
        }
    }

    /// <summary>Ends the table: every call is handed over once, and none can be added any more.</summary>
    public List<PendingCall> EndAll(Exception reason)
    {
        List<PendingCall> calls;
        lock (_gate)
        {
            _ended ??= reason;
            calls = _slots.TakeAll();
        }

        DismissTurns(reason);
        return calls;
    }

    private void Place(PendingCall call, bool counted)
    {
        _slots.Place(call, counted);
        _counted += counted ? 1 : 0;
    }

    private void Free(ref CallSlots.Slot slot)
    {
        bool counted = slot.Counted;
        _slots.Free(ref slot);
        if (counted && !_line.TryHandOver())
        {
            _counted--;
        }
    }

    private void Leave(WaitingLine.Turn turn, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _line.Leave(turn);
        }

        turn.TrySetCanceled(cancellationToken);
    }

    private void ThrowIfEnded()
    {
        if (_ended is not null)
        {
            Throw(_ended);
        }
    }

    [DoesNotReturn]
    private static void Throw(Exception reason) => throw new RpcConnectionException(reason.Message, reason);

    public delegate void Visitor<TState>(PendingCall call, ref TState state);
}
