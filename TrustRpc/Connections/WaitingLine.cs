namespace TrustRpc.Connections;

/// <summary>The callers that wait for one of the calls in flight that the peer allows, in the order in which they came. Under the table's lock, but for a turn itself.</summary>
internal sealed class WaitingLine(int maxCalls)
{
    private readonly LinkedList<Turn> _turns = new();

    public bool IsEmpty => _turns.Count == 0;

    public int Count => _turns.Count;

    /// <summary>Stands in line until a place is free or the deadline has come.</summary>
    public Turn Enter(string method, long deadline)
    {
        Turn turn = new(method, deadline);
        _turns.AddLast(turn.Place);
        return turn;
    }

    /// <summary>Whoever waited has given up: nothing of them is left in the line.</summary>
    public void Leave(Turn turn)
    {
        if (turn.Place.List is not null)
        {
            _turns.Remove(turn.Place);
        }
    }

    /// <summary>Hands a place to the first who still waits; false where nobody does.</summary>
    public bool TryHandOver()
    {
        while (_turns.First is { } first)
        {
            _turns.RemoveFirst();
            if (first.Value.TrySetResult())
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes those out whose time is up; the time of the next one.</summary>
    public long Expire(long now, ref List<Turn>? due)
    {
        long next = long.MaxValue;
        LinkedListNode<Turn>? place = _turns.First;
        while (place is not null)
        {
            LinkedListNode<Turn>? following = place.Next;
            Turn turn = place.Value;
            if (turn.Deadline <= now)
            {
                _turns.Remove(place);
                (due ??= []).Add(turn);
            }
            else
            {
                next = Math.Min(next, turn.Deadline);
            }

            place = following;
        }

        return next;
    }

    /// <summary>Takes all out.</summary>
    public Turn[] TakeAll()
    {
        Turn[] all = [.. _turns];
        _turns.Clear();
        return all;
    }

    /// <summary>The error of a turn that did not come in time.</summary>
    public RpcCallException TooLate(Turn turn)
    {
        string message = $"The time for '{turn.Method}' was up while it waited for one of the {maxCalls} calls in flight that the peer allows. It was not sent, so it was not executed.";
        return new RpcCallException(RpcErrorCode.DeadlineExceeded, message, new TimeoutException(message));
    }

    /// <summary>Completes when its turn has come; of several who end it the first one counts.</summary>
    internal sealed class Turn : TaskCompletionSource
    {
        public Turn(string method, long deadline)
            : base(TaskCreationOptions.RunContinuationsAsynchronously)
        {
            (Method, Deadline) = (method, deadline);
            Place = new LinkedListNode<Turn>(this);
        }

        public string Method { get; }

        public long Deadline { get; }

        public LinkedListNode<Turn> Place { get; }
    }
}
