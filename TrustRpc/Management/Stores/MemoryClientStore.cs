namespace TrustRpc.Management;

/// <summary>Keeps the clients in memory: a server that starts again knows nobody. Thread-safe.</summary>
public sealed class MemoryClientStore : IClientStore
{
    private readonly ClientIndex _clients = new();

    /// <inheritdoc/>
    public ValueTask OpenAsync(CancellationToken cancellationToken = default)
    {
        // A store that served an earlier server of this process remembers.
        _clients.Remove([.. _clients.All.Where(client => client.IsTemporary).Select(client => client.Uuid)]);
        KnownClient[] online = [.. _clients.All.Where(client => client.Online).Select(client => client with { Online = false })];
        _clients.Save(online);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask SaveAsync(IReadOnlyCollection<KnownClient> clients, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(clients);
        _clients.Save([.. clients]);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask RemoveAsync(IReadOnlyCollection<string> uuids, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(uuids);
        _clients.Remove([.. uuids]);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<KnownClient?> FindAsync(string uuid, CancellationToken cancellationToken = default) => new(_clients.Find(uuid));

    /// <inheritdoc/>
    public ValueTask<ClientPage> ListAsync(ClientQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        return new(_clients.List(query));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<KnownClient>> ListLongestGoneAsync(int count, CancellationToken cancellationToken = default) => new(_clients.LongestGone(count));

    /// <summary>Nothing is to be given back: what it holds stays.</summary>
    public ValueTask DisposeAsync() => default;
}
