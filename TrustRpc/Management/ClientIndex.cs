using System.Buffers;

namespace TrustRpc.Management;

/// <summary>Known clients by id and in their order. A page without filters costs what is on it; one more client costs a search and a move. Thread-safe.</summary>
internal sealed class ClientIndex
{
    /// <summary>From so many at once on, going through everything is cheaper than finding the place of each.</summary>
    private const int ManyAtOnce = 256;

    private static readonly Comparer<KnownClient> Order = Comparer<KnownClient>.Create(static (a, b) => ClientKey.Of(a).CompareTo(ClientKey.Of(b)));

    private readonly Lock _gate = new();
    private readonly Dictionary<string, KnownClient> _byId = [];
    private readonly List<KnownClient> _ordered = [];

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _ordered.Count;
            }
        }
    }

    public KnownClient[] All
    {
        get
        {
            lock (_gate)
            {
                return [.. _ordered];
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

    public void Save(IReadOnlyCollection<KnownClient> clients)
    {
        lock (_gate)
        {
            if (clients.Count < ManyAtOnce)
            {
                foreach (KnownClient client in clients)
                {
                    Place(client);
                }

                return;
            }

            foreach (KnownClient client in clients)
            {
                _byId[client.Uuid] = client;
            }

            _ordered.Clear();
            _ordered.AddRange(_byId.Values);
            _ordered.Sort(Order);
        }
    }

    public void Remove(IReadOnlyCollection<string> uuids)
    {
        lock (_gate)
        {
            if (uuids.Count < ManyAtOnce)
            {
                foreach (string uuid in uuids)
                {
                    if (_byId.Remove(uuid, out KnownClient? client))
                    {
                        _ordered.RemoveAt(_ordered.BinarySearch(client, Order));
                    }
                }

                return;
            }

            HashSet<string> gone = [.. uuids.Where(_byId.Remove)];
            _ordered.RemoveAll(client => gone.Contains(client.Uuid));
        }
    }

    public KnownClient[] LongestGone(int count)
    {
        lock (_gate)
        {
            return [.. _ordered.Where(static client => !client.Online).OrderBy(static client => client.LastSeen).Take(count)];
        }
    }

    public ClientPage List(ClientQuery query)
    {
        lock (_gate)
        {
            if (query is { Online: null, NameContains: null })
            {
                int skip = Math.Min(query.Skip, _ordered.Count);
                return new ClientPage(_ordered.GetRange(skip, Math.Min(query.Take, _ordered.Count - skip)), _ordered.Count);
            }

            List<KnownClient> page = [];
            int total = 0;
            SearchValues<string>? text = query.NameContains is { } wanted ? SearchValues.Create([wanted], StringComparison.OrdinalIgnoreCase) : null;
            foreach (KnownClient client in _ordered)
            {
                if (!Fits(client, query.Online, text))
                {
                    continue;
                }

                if (total++ >= query.Skip && page.Count < query.Take)
                {
                    page.Add(client);
                }
            }

            return new ClientPage(page, total);
        }
    }

    private static bool Fits(KnownClient client, bool? online, SearchValues<string>? text)
        => (online is not { } wanted || client.Online == wanted) && (text is null || client.Name.AsSpan().ContainsAny(text));

    private void Place(KnownClient client)
    {
        if (_byId.TryGetValue(client.Uuid, out KnownClient? old))
        {
            int at = _ordered.BinarySearch(old, Order);
            if (old.Name == client.Name)
            {
                _ordered[at] = client;
                _byId[client.Uuid] = client;
                return;
            }

            _ordered.RemoveAt(at);
        }

        _byId[client.Uuid] = client;
        _ordered.Insert(~_ordered.BinarySearch(client, Order), client);
    }
}
