namespace TrustRpc.Management;

/// <summary>
/// What a store has still to be told: the newest state of each client that has changed, within a bound for a store that fails. Whoever connects is always taken; beyond the bound whoever leaves is not, and is
/// off the list altogether. Thread-safe.
/// </summary>
/// <param name="most">The most changes that wait, beside those of clients that are connected.</param>
internal sealed class ClientChanges(int most)
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _online = new(StringComparer.Ordinal);
    private Dictionary<string, KnownClient?> _waiting = new(StringComparer.Ordinal);
    private bool _isIncomplete;

    /// <summary>Takes a change on the list, in place of an earlier one.</summary>
    /// <param name="uuid">The client's id.</param>
    /// <param name="client">As it is now; null = it is to be forgotten.</param>
    /// <returns>True where nothing else waits.</returns>
    public bool Add(string uuid, KnownClient? client)
    {
        lock (_gate)
        {
            bool isOnline = client is { Online: true };
            _ = isOnline ? _online.Add(uuid) : _online.Remove(uuid);
            bool isFirst = _waiting.Count == 0;
            if (isOnline || _waiting.Count < most)
            {
                _waiting[uuid] = client;
            }
            else
            {
                _waiting.Remove(uuid);
                _isIncomplete = true;
            }

            return isFirst;
        }
    }

    /// <summary>The changes, which are off the list.</summary>
    public Dictionary<string, KnownClient?> Take()
    {
        lock (_gate)
        {
            Dictionary<string, KnownClient?> batch = _waiting;
            if (batch.Count > 0)
            {
                _waiting = new(StringComparer.Ordinal);
            }

            return batch;
        }
    }

    /// <summary>Takes changes back on the list that the store did not take: newer ones stay.</summary>
    public void PutBack(Dictionary<string, KnownClient?> batch)
    {
        lock (_gate)
        {
            foreach ((string uuid, KnownClient? client) in batch)
            {
                if (client is { Online: true } || _waiting.Count < most)
                {
                    _waiting.TryAdd(uuid, client);
                }
                else
                {
                    _isIncomplete |= !_waiting.ContainsKey(uuid);
                }
            }
        }
    }

    /// <summary>Whether there were changes beyond the bound since this was asked last: for the store clients may be connected that are not.</summary>
    public bool WereLost()
    {
        lock (_gate)
        {
            (bool were, _isIncomplete) = (_isIncomplete, false);
            return were;
        }
    }

    /// <summary>The store has not been told of those that were lost after all.</summary>
    public void StayLost()
    {
        lock (_gate)
        {
            _isIncomplete = true;
        }
    }

    /// <summary>Whether the last change of a client says that it is connected.</summary>
    public bool IsOnline(string uuid)
    {
        lock (_gate)
        {
            return _online.Contains(uuid);
        }
    }
}
