using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace TrustRpc.Management;

/// <summary>Who is connected, and who ever was: keeps the store in step with the connections, and applies the rule for ids that are used twice. Thread-safe.</summary>
internal sealed class ClientDirectory(ClientSaver saver, EventHub events, SameClientIdPolicy policy, TimeProvider time)
{
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(2);

    /// <summary>When a connection was last heard is reckoned from two clocks, and differs a little each time where nothing was heard: that is not worth a write.</summary>
    private static readonly TimeSpan WorthSaving = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, ConnectedClient> _connected = new(StringComparer.Ordinal);

    /// <summary>The clients that are connected.</summary>
    public ICollection<ConnectedClient> Connected => _connected.Values;

    public bool TryFind(string uuid, [NotNullWhen(true)] out ConnectedClient? client) => _connected.TryGetValue(uuid, out client);

    /// <summary>Why a client of that id is turned away; null = it is not.</summary>
    public TrustRefusal? WhyNot(string uuid)
        => policy == SameClientIdPolicy.Reject && _connected.TryGetValue(uuid, out ConnectedClient? client) && client.Newest is not null
            ? TrustRefusal.Busy(RejectReason, TryAgain)
            : null;

    public void Add(RpcConnection connection)
    {
        while (true)
        {
            ConnectedClient client = _connected.GetOrAdd(connection.Peer.Id, static uuid => new ConnectedClient(uuid));
            RpcConnection[] replaced;
            Place place;
            lock (client.Gate)
            {
                place = TakePlace(client, connection, out replaced);
            }

            // Not under the lock: what a connection is closed by may be a stream of the program's own.
            switch (place)
            {
                case Place.Gone:
                    continue;
                case Place.Taken:
                    // Two handshakes of one id at the same time both got through.
                    _ = connection.CloseAsync(RejectReason);
                    break;
                case Place.Outdated:
                    _ = connection.DismissAsync(ReplaceReason);
                    break;
            }

            foreach (RpcConnection old in replaced)
            {
                _ = old.DismissAsync(ReplaceReason);
            }

            return;
        }
    }

    // Under the client's lock.
    private Place TakePlace(ConnectedClient client, RpcConnection connection, out RpcConnection[] replaced)
    {
        RpcPeer peer = connection.Peer;
        replaced = [];
        if (client.IsGone)
        {
            return Place.Gone;
        }

        if (client.Connections.Contains(connection))
        {
            return Place.Had;
        }

        if (policy == SameClientIdPolicy.Reject && client.Connections.Exists(static other => other.IsOpen))
        {
            return Place.Taken;
        }

        if (policy == SameClientIdPolicy.Replace && client.Connections.Exists(other => other.Peer.ConnectedAt > peer.ConnectedAt && other.Peer.ConnectedAt <= time.GetUtcNow()))
        {
            // The client has come back since, and the handshake that it left behind is seen to but now. One that is of the future was before the clock was set back.
            return Place.Outdated;
        }

        if (policy == SameClientIdPolicy.Replace)
        {
            replaced = [.. client.Connections];
            client.Connections.Clear();
        }

        bool wasThere = replaced.Length > 0;
        client.Connections.Add(connection);
        if (wasThere)
        {
            PublishDisconnected(client, ReplaceReason);
        }

        client.Known = Describe(peer);
        saver.Save(client.Known, soon: true);
        if (wasThere || client.Connections.Count == 1)
        {
            PublishConnected(client.Known);
        }

        return Place.Had;
    }

    public void Remove(RpcConnection connection, string reason)
    {
        if (!_connected.TryGetValue(connection.Peer.Id, out ConnectedClient? client))
        {
            return;
        }

        lock (client.Gate)
        {
            // One that was replaced or turned away is not the client any more.
            if (!client.Connections.Remove(connection))
            {
                return;
            }

            bool stays = client.Connections.Count > 0;
            client.Known = stays
                ? Describe(client.Connections[^1].Peer) with { ConnectedAt = client.Known!.ConnectedAt }
                : client.Known! with { Online = false, LastSeen = Now };
            if (!stays && client.Known.IsTemporary)
            {
                saver.Remove(client.Uuid);
            }
            else
            {
                saver.Save(client.Known, soon: true);
            }

            if (!stays)
            {
                // In this order: once it is off the list, the same client may be there again, and that is told behind this.
                client.IsGone = true;
                PublishDisconnected(client, reason);
                _connected.TryRemove(client.Uuid, out _);
            }
        }
    }

    /// <summary>A client was heard of.</summary>
    public void Heard(string uuid)
    {
        if (!_connected.TryGetValue(uuid, out ConnectedClient? client))
        {
            return;
        }

        lock (client.Gate)
        {
            DateTimeOffset now = Now;
            if (!client.IsGone && client.Known is { } known && known.LastSeen < now)
            {
                client.Known = known with { LastSeen = now };
                saver.Save(client.Known, soon: false);
            }
        }
    }

    /// <summary>Has the store told when those were last heard that are connected, whatever they said. Those without an id of their own are forgotten with their connection, so nobody asks the store for them.</summary>
    public void SaveLastSeen()
    {
        foreach (ConnectedClient client in _connected.Values)
        {
            lock (client.Gate)
            {
                if (!client.IsGone && client.Known is { IsTemporary: false } known && LastHeard(client) is var heard && heard - known.LastSeen >= WorthSaving)
                {
                    client.Known = known with { LastSeen = heard };
                    saver.Save(client.Known, soon: false);
                }
            }
        }
    }

    public async ValueTask<ClientList> ListAsync(ClientQuery query, CancellationToken cancellationToken)
    {
        ClientPage page = await saver.ListAsync(query, cancellationToken).ConfigureAwait(false);
        ClientStatus[] clients = new ClientStatus[page.Clients.Count];
        for (int i = 0; i < clients.Length; i++)
        {
            KnownClient known = page.Clients[i];
            clients[i] = _connected.TryGetValue(known.Uuid, out ConnectedClient? client) ? ClientStatus.Of(WithLastHeard(known, client), client.Pending) : ClientStatus.Of(known, 0);
        }

        return new ClientList { Clients = clients, Total = page.Total };
    }

    /// <summary>False = there is no such client.</summary>
    /// <exception cref="RpcException">It is connected.</exception>
    public async ValueTask<bool> ForgetAsync(string uuid, CancellationToken cancellationToken)
    {
        // Before: whoever leaves at this moment would be saved behind its removal. After: so would whoever comes be removed.
        ThrowIfConnected(uuid, mayBeRemoved: false);
        bool known = await saver.FindAsync(uuid, cancellationToken).ConfigureAwait(false) is not null;
        saver.Remove(uuid);
        ThrowIfConnected(uuid, mayBeRemoved: true);
        return known;
    }

    public ValueTask<KnownClient?> FindKnownAsync(string uuid, CancellationToken cancellationToken) => saver.FindAsync(uuid, cancellationToken);

    private const string ReplaceReason = "Another connection with the same client id has taken its place.";

    private const string RejectReason = "Another connection with the same client id is there.";

    private void ThrowIfConnected(string uuid, bool mayBeRemoved)
    {
        if (!_connected.TryGetValue(uuid, out ConnectedClient? client))
        {
            return;
        }

        lock (client.Gate)
        {
            if (client.IsGone || client.Known is not { } there)
            {
                return;
            }

            if (mayBeRemoved)
            {
                saver.Save(there, soon: true);
            }

            throw new RpcException(RpcErrorCode.Conflict, $"The client '{there.Name}' is connected; it can be forgotten when it has left.");
        }
    }

    // What a store keeps, to the millisecond: what is read back is what was saved.
    private DateTimeOffset Now => ToMilliseconds(time.GetUtcNow());

    private static DateTimeOffset ToMilliseconds(DateTimeOffset moment) => DateTimeOffset.FromUnixTimeMilliseconds(moment.ToUnixTimeMilliseconds());

    private DateTimeOffset LastHeard(ConnectedClient client)
    {
        DateTimeOffset heard = client.Connections.Count == 0 ? DateTimeOffset.MinValue : client.Connections.Max(static connection => connection.LastHeard);
        DateTimeOffset now = Now;
        return heard < now ? ToMilliseconds(heard) : now;
    }

    private KnownClient WithLastHeard(KnownClient known, ConnectedClient client)
    {
        lock (client.Gate)
        {
            return known.Online && !client.IsGone && LastHeard(client) is var heard && heard > known.LastSeen ? known with { LastSeen = heard } : known;
        }
    }

    private KnownClient Describe(RpcPeer peer) => new()
    {
        Uuid = peer.Id,
        Name = peer.Name,
        IpAddress = ClientText.Tame(peer.Address),
        Endpoint = ClientText.Tame(peer.Endpoint?.ToString() ?? ""),
        Transport = TransportName(peer.Transport),
        Online = true,
        ConnectedAt = Now,
        LastSeen = Now,
    };

    private static string TransportName(RpcTransport transport) => transport switch
    {
        RpcTransport.Tcp => "tcp",
        RpcTransport.Tls => "tls",
        RpcTransport.Unix => "unix",
        RpcTransport.Pipe => "pipe",
        _ => "stream",
    };

    private void PublishConnected(KnownClient client) => events.Publish(ServerEventType.ClientConnected, client, static (json, client) =>
    {
        json.WriteStartObject();
        json.WriteString("uuid"u8, client.Uuid);
        json.WriteString("name"u8, client.Name);
        json.WriteString("ip_address"u8, client.IpAddress);
        json.WriteString("endpoint"u8, client.Endpoint);
        json.WriteString("transport"u8, client.Transport);
        json.WriteEndObject();
    });

    private void PublishDisconnected(ConnectedClient client, string reason)
        => events.Publish(ServerEventType.ClientDisconnected, (client.Known!.Uuid, client.Known.Name, reason), static (json, gone) =>
        {
            json.WriteStartObject();
            json.WriteString("uuid"u8, gone.Uuid);
            json.WriteString("name"u8, gone.Name);
            json.WriteString("reason"u8, gone.reason);
            json.WriteEndObject();
        });

    /// <summary>What a connection finds that is to be added.</summary>
    private enum Place
    {
        /// <summary>Its own.</summary>
        Had,

        /// <summary>The client has just left: there is another one to be looked for.</summary>
        Gone,

        /// <summary>Another connection of that id is there.</summary>
        Taken,

        /// <summary>A later connection of that id is there.</summary>
        Outdated,
    }
}
