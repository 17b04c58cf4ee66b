namespace TrustRpc.Management;

/// <summary>
/// Where a server keeps the clients that it has seen. Belongs to one server at a time, which opens it, and disposes it when it has stopped. A server saves one batch at a time; pages and single
/// clients may be asked for meanwhile.
/// </summary>
public interface IClientStore : IAsyncDisposable
{
    /// <summary>
    /// Makes the store usable. Whoever was connected when it was last used is not any more: those with <see cref="KnownClient.IsTemporary"/> are removed, and <see cref="KnownClient.Online"/> is false for all
    /// others afterwards, the rest as it was. Asked for again, until it succeeds.
    /// </summary>
    /// <param name="cancellationToken">Gives up opening.</param>
    ValueTask OpenAsync(CancellationToken cancellationToken = default);

    /// <summary>Adds clients that the store does not know by their <see cref="KnownClient.Uuid"/>, and overwrites those that it knows.</summary>
    /// <param name="clients">At least one, each id once.</param>
    /// <param name="cancellationToken">Gives up saving; some may have been saved.</param>
    ValueTask SaveAsync(IReadOnlyCollection<KnownClient> clients, CancellationToken cancellationToken = default);

    /// <summary>Removes clients; ids that the store does not know are none.</summary>
    /// <param name="uuids">At least one, each once, exact.</param>
    /// <param name="cancellationToken">Gives up removing; some may have been removed.</param>
    ValueTask RemoveAsync(IReadOnlyCollection<string> uuids, CancellationToken cancellationToken = default);

    /// <summary>The client with that id; null = it was never seen.</summary>
    /// <param name="uuid">The id, exact.</param>
    /// <param name="cancellationToken">Gives up asking.</param>
    ValueTask<KnownClient?> FindAsync(string uuid, CancellationToken cancellationToken = default);

    /// <summary>One page of clients.</summary>
    /// <param name="query">Which.</param>
    /// <param name="cancellationToken">Gives up asking.</param>
    ValueTask<ClientPage> ListAsync(ClientQuery query, CancellationToken cancellationToken = default);

    /// <summary>Those clients that are not connected, beginning with the one that was last seen longest ago.</summary>
    /// <param name="count">The most clients that are asked for: at least 1.</param>
    /// <param name="cancellationToken">Gives up asking.</param>
    ValueTask<IReadOnlyList<KnownClient>> ListLongestGoneAsync(int count, CancellationToken cancellationToken = default);
}
