namespace TrustRpc.Connections;

/// <summary>
/// The peer's requests that wait, in their order, for the place of a method that goes on after its time, and the bytes of arguments that they hold. Under the table's lock, but
/// for <see cref="Bytes"/>.
/// </summary>
internal sealed class CallsInLine
{
    private readonly List<ActiveCall> _calls = [];
    private long _bytes;

    public int Count => _calls.Count;

    /// <summary>Bytes of arguments that wait. Thread-safe.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    public void Add(ActiveCall call)
    {
        _calls.Add(call);
        Volatile.Write(ref _bytes, _bytes + call.ArgumentBytes);
    }

    /// <summary>False where it does not wait.</summary>
    public bool Remove(ActiveCall call)
    {
        int at = _calls.IndexOf(call);
        if (at >= 0)
        {
            RemoveAt(at);
        }

        return at >= 0;
    }

    public ActiveCall TakeFirst()
    {
        ActiveCall first = _calls[0];
        RemoveAt(0);
        return first;
    }

    public ActiveCall[] TakeAll()
    {
        ActiveCall[] all = [.. _calls];
        _calls.Clear();
        Volatile.Write(ref _bytes, 0);
        return all;
    }

    private void RemoveAt(int at)
    {
        Volatile.Write(ref _bytes, _bytes - _calls[at].ArgumentBytes);
        _calls.RemoveAt(at);
    }
}
