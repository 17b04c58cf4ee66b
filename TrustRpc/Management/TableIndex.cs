namespace TrustRpc.Management;

/// <summary>What a store in a database remembers of its table, so that a page costs what is on it: bookmarks for all clients, for those that are connected and for those that are not. Changed by one thread at a time, read by any.</summary>
internal sealed class TableIndex
{
    private readonly HashSet<string> _online = new(StringComparer.Ordinal);
    private readonly Bookmarks _all = new();
    private readonly Bookmarks _connected = new();
    private readonly Bookmarks _others = new();

    /// <summary>The bookmarks for a filter, each of them once.</summary>
    public IEnumerable<(bool? Online, Bookmarks Marks)> Lists => [(null, _all), (true, _connected), (false, _others)];

    public Bookmarks For(bool? online) => online is not { } connected ? _all : connected ? _connected : _others;

    /// <summary>Adds the client behind all others.</summary>
    public void Append(ClientKey key, bool online)
    {
        _all.Append(key);
        For(online).Append(key);
        if (online)
        {
            _online.Add(key.Uuid);
        }
    }

    /// <summary>A client has been saved.</summary>
    /// <param name="before">The key that it had; null = it was not there.</param>
    /// <param name="client">As it is now.</param>
    public void Save(ClientKey? before, KnownClient client)
    {
        var key = ClientKey.Of(client);
        bool stayed = before == key;
        if (stayed && _online.Contains(client.Uuid) == client.Online)
        {
            return;
        }

        if (before is { } old)
        {
            For(_online.Remove(client.Uuid)).Remove(old);
        }

        if (!stayed)
        {
            if (before is { } renamed)
            {
                _all.Remove(renamed);
            }

            _all.Add(key);
        }

        For(client.Online).Add(key);
        if (client.Online)
        {
            _online.Add(client.Uuid);
        }
    }

    /// <summary>A client has been removed.</summary>
    public void Remove(ClientKey key)
    {
        _all.Remove(key);
        For(_online.Remove(key.Uuid)).Remove(key);
    }
}
