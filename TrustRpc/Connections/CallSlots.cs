namespace TrustRpc.Connections;

/// <summary>Requests in flight by their ids, in slots that an id finds by its lowest bits. Gives out the ids, which count up. Under the lock of its owner, but for <see cref="Count"/>.</summary>
internal struct CallSlots
{
    private const int InitialSlots = 16;

    /// <summary>Where no call was ever made: most servers call few of their clients.</summary>
    private static readonly Slot[] None = new Slot[1];

    private Slot[] _slots;
    private long _lastId;
    private int _used;

    public CallSlots() => _slots = None;

    /// <summary>Slots that are taken, those of calls that were given up included. Thread-safe.</summary>
    public int Count => Volatile.Read(ref _used);

    /// <summary>Every slot, taken or not.</summary>
    public readonly Span<Slot> All => _slots;

    /// <summary>The slot where that id belongs; it may hold another one, or none.</summary>
    public readonly ref Slot this[long id] => ref _slots[id & (_slots.Length - 1)];

    /// <summary>Gives the call an id and a slot.</summary>
    public void Place(PendingCall call, bool counted)
    {
        if (2 * (_used + 1) > _slots.Length)
        {
            Grow();
        }

        // One whose slot is held by an older call that takes its time is passed over.
        do
        {
            _lastId++;
        }
        while (this[_lastId].Id != 0);

        this[_lastId] = new Slot { Id = _lastId, Call = call, Counted = counted };
        call.Id = _lastId;
        _used++;
    }

    /// <summary>Frees a slot that is taken.</summary>
    public void Free(ref Slot slot)
    {
        slot = default;
        _used--;
    }

    /// <summary>Frees all; the calls that were there, but for those that were given up.</summary>
    public List<PendingCall> TakeAll()
    {
        List<PendingCall> calls = [];
        foreach (ref Slot slot in All)
        {
            if (slot.Call is { } call)
            {
                calls.Add(call);
            }

            slot = default;
        }

        _used = 0;
        return calls;
    }

    private void Grow()
    {
        Slot[] larger = new Slot[Math.Max(InitialSlots, 2 * _slots.Length)];
        foreach (Slot slot in _slots)
        {
            if (slot.Id != 0)
            {
                larger[slot.Id & (larger.Length - 1)] = slot;
            }
        }

        _slots = larger;
    }

    internal struct Slot
    {
        /// <summary>0 = free.</summary>
        public long Id;

        /// <summary>Null where the caller has given up.</summary>
        public PendingCall? Call;

        /// <summary>Whether it has one of the places that the peer allows.</summary>
        public bool Counted;

        /// <summary>The call was given up and its answer may hold a sequence.</summary>
        public bool DropsSequence;
    }
}
