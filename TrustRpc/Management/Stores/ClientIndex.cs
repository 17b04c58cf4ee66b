namespace TrustRpc.Management;

/// <summary>Known clients by id and in their order. Thread-safe.</summary>
internal sealed class ClientIndex
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, KnownClient> _byId = new(StringComparer.Ordinal);
    private ClientOrder _order = new();

    public int Count => _order.Total;

    /// <summary>All of them, in no order.</summary>
    public KnownClient[] All
    {
        get
        {
            lock (_gate)
            {
                return [.. _byId.Values];
            }
        }
    }

    public KnownClient? Find(string uuid)
    {
        lock (_gate)
        {
            return _byId.GetValueOrDefault(uuid);
        }
    }

    public void Save(KnownClient[] clients)
    {
        lock (_gate)
        {
            foreach (KnownClient client in clients)
            {
                ClientKey? before = _byId.TryGetValue(client.Uuid, out KnownClient? old) ? ClientKey.Of(old) : null;
                _byId[client.Uuid] = client;
                _order.Save(before, client);
            }
        }
    }

    public void Remove(string[] uuids)
    {
        lock (_gate)
        {
            foreach (string uuid in uuids)
            {
                if (_byId.Remove(uuid, out KnownClient? client))
                {
                    _order.Remove(ClientKey.Of(client));
                }
            }
        }
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _byId.Clear();
            _order = new();
        }
    }

    public KnownClient[] LongestGone(int count)
    {
        lock (_gate)
        {
            return [.. _byId.Values.Where(static client => !client.Online).OrderBy(static client => client.LastSeen).ThenBy(static client => client.Uuid, StringComparer.Ordinal).Take(count)];
        }
    }

    public ClientPage List(ClientQuery query)
    {
        lock (_gate)
        {
            (List<ClientKey> page, int total) = _order.Find(query);
            return new ClientPage(page.ConvertAll(key => _byId[key.Uuid]), total);
        }
    }
}
