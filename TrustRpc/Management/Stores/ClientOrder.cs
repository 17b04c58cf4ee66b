namespace TrustRpc.Management;

/// <summary>
/// The keys of all clients in their order, and what pages are chosen by: who is connected, and the names. In stretches of some hundred: one more client costs a search and a short move, a page a look at how many
/// are in each stretch before it, and a text in names one search through all of them. Thread-safe.
/// </summary>
internal sealed class ClientOrder
{
    private readonly Lock _gate = new();
    private readonly List<ClientStretch> _stretches = [new()];
    private int _total;

    /// <summary>Clients in all.</summary>
    public int Total => Volatile.Read(ref _total);

    /// <summary>A client has been saved.</summary>
    /// <param name="before">The key that it had; null = it was not there.</param>
    /// <param name="client">As it is now.</param>
    public void Save(ClientKey? before, KnownClient client)
    {
        var key = ClientKey.Of(client);
        lock (_gate)
        {
            if (before is { } old && old != key)
            {
                Remove(old);
            }

            Set(key, client.Online);
        }
    }

    /// <summary>Adds a client, or says of one that is there whether it is connected.</summary>
    public void Set(ClientKey key, bool online)
    {
        lock (_gate)
        {
            int at = IndexOf(key);
            ClientStretch stretch = _stretches[at];
            if (!stretch.Set(key, online))
            {
                return;
            }

            _total++;
            if (stretch.IsTooLong)
            {
                _stretches.Insert(at + 1, stretch.TakeHalf());
            }
        }
    }

    public void Remove(ClientKey key)
    {
        lock (_gate)
        {
            int at = IndexOf(key);
            if (!_stretches[at].Remove(key))
            {
                return;
            }

            _total--;
            if (_stretches[at].Count(null) == 0 && _stretches.Count > 1)
            {
                _stretches.RemoveAt(at);
            }
        }
    }

    /// <summary>Who is on a page, in order, and how many the query is about in all.</summary>
    public (List<ClientKey> Page, int Total) Find(ClientQuery query)
    {
        ClientSearch search = new(query);
        lock (_gate)
        {
            foreach (ClientStretch stretch in _stretches)
            {
                stretch.Search(search);
            }
        }

        return (search.Page, search.Total);
    }

    // The last stretch that does not begin behind the key; else the first.
    private int IndexOf(ClientKey key)
    {
        int low = 0;
        int high = _stretches.Count;
        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            (low, high) = _stretches[middle].First.CompareTo(key) <= 0 ? (middle, high) : (low, middle);
        }

        return low;
    }
}
