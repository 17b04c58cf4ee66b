namespace TrustRpc.Management;

/// <summary>
/// Writes changes to a store behind the back of whoever makes them, in batches: one at a time, a client once in each. Whoever reads does so behind everything that was saved before. Thread-safe.
/// </summary>
internal sealed class ClientSaver : IAsyncDisposable
{
    /// <summary>Changes that may wait for a store that fails, at least; beyond, and beyond the clients that are remembered, only those who are connected are added.</summary>
    private const int MostWaiting = 10_000;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);

    private readonly IClientStore _store;
    private readonly int _most;
    private readonly TimeSpan _delay;
    private readonly Action<Exception> _failed;
    private readonly ITimer _later;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _saving = new(1);
    private Dictionary<string, KnownClient?> _changed = new(StringComparer.Ordinal);
    private bool _scheduled;
    private bool _isOpen;
    private bool _closed;

    public ClientSaver(ManagementOptions options, IClientStore store, Action<Exception> failed)
    {
        (_store, _most, _delay, _failed) = (store, options.MaxKnownClients, options.LastSeenDelay, failed);
        _later = options.TimeProvider.CreateTimer(static saver => _ = ((ClientSaver)saver!).SaveQuietlyAsync(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Completes when the store is open; faults where it cannot be opened at first.</summary>
    public Task Opened { get; private set; } = Task.CompletedTask;

    /// <summary>Begins to open the store; what is saved meanwhile waits.</summary>
    public void Open() => Opened = Task.Run(async () =>
    {
        await _saving.WaitAsync().ConfigureAwait(false);
        try
        {
            await OpenStoreAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Report(e);
            throw;
        }
        finally
        {
            _saving.Release();
        }
    });

    /// <summary>Remembers a change for the store.</summary>
    /// <param name="client">The client as it is now.</param>
    /// <param name="soon">Save it now; else whenever something is saved, and within the delay.</param>
    public void Save(KnownClient client, bool soon) => Change(client.Uuid, client, soon);

    /// <summary>Remembers that a client is to be forgotten.</summary>
    public void Remove(string uuid) => Change(uuid, null, soon: true);

    public async ValueTask<ClientPage> ListAsync(ClientQuery query, CancellationToken cancellationToken)
    {
        await SaveAllAsync(cancellationToken).ConfigureAwait(false);
        return await _store.ListAsync(query, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<KnownClient?> FindAsync(string uuid, CancellationToken cancellationToken)
    {
        await SaveAllAsync(cancellationToken).ConfigureAwait(false);
        return await _store.FindAsync(uuid, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Saves what is left and closes the store.</summary>
    public async ValueTask DisposeAsync()
    {
        await _later.DisposeAsync().ConfigureAwait(false);
        await SaveQuietlyAsync().ConfigureAwait(false);
        await _saving.WaitAsync().ConfigureAwait(false);
        _closed = true;
        _saving.Release();
        await _store.DisposeAsync().ConfigureAwait(false);
    }

    private void Change(string uuid, KnownClient? client, bool soon)
    {
        bool now;
        lock (_gate)
        {
            if (!HasRoomFor(uuid, client))
            {
                return;
            }

            bool first = _changed.Count == 0;
            _changed[uuid] = client;
            now = soon && !_scheduled;
            _scheduled |= now;
            if (!soon && first)
            {
                _later.Change(_delay, Timeout.InfiniteTimeSpan);
            }
        }

        if (now)
        {
            _ = Task.Run(SaveQuietlyAsync);
        }
    }

    private async Task SaveQuietlyAsync()
    {
        try
        {
            await SaveAllAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Report(e);
        }
    }

    // What was to be saved is kept: it is tried again, with the next change or soon.
    private void Report(Exception failure)
    {
        _failed(failure);
        _later.Change(RetryDelay, Timeout.InfiniteTimeSpan);
    }

    // One at a time. A store that could not be opened is tried again: the database may be there by now.
    private async ValueTask OpenStoreAsync()
    {
        if (!_isOpen)
        {
            await _store.OpenAsync().ConfigureAwait(false);
            _isOpen = true;
        }
    }

    // Under the lock.
    private bool HasRoomFor(string uuid, KnownClient? client)
        => client is { Online: true } || _changed.Count < Math.Max(_most, MostWaiting) || _changed.ContainsKey(uuid);

    private async Task SaveAllAsync(CancellationToken cancellationToken)
    {
        await _saving.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            await OpenStoreAsync().ConfigureAwait(false);
            while (TakeChanges() is { Count: > 0 } batch)
            {
                await SaveAsync(batch).ConfigureAwait(false);
            }
        }
        finally
        {
            _saving.Release();
        }
    }

    private Dictionary<string, KnownClient?> TakeChanges()
    {
        lock (_gate)
        {
            _scheduled = false;
            Dictionary<string, KnownClient?> batch = _changed;
            if (batch.Count > 0)
            {
                _changed = new(StringComparer.Ordinal);
            }

            return batch;
        }
    }

    // Not to be given up halfway: whoever waits for it may go, the batch is everybody's.
    private async Task SaveAsync(Dictionary<string, KnownClient?> batch)
    {
        try
        {
            if (batch.Values.OfType<KnownClient>().ToArray() is { Length: > 0 } saved)
            {
                await _store.SaveAsync(saved, CancellationToken.None).ConfigureAwait(false);
                await MakeRoomAsync(saved).ConfigureAwait(false);
            }

            if (batch.Where(static change => change.Value is null).Select(static change => change.Key).ToArray() is { Length: > 0 } removed)
            {
                await _store.RemoveAsync(removed, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch
        {
            lock (_gate)
            {
                foreach ((string uuid, KnownClient? client) in batch)
                {
                    if (HasRoomFor(uuid, client))
                    {
                        _changed.TryAdd(uuid, client);
                    }
                }
            }

            throw;
        }
    }

    // Only who connects can be new. Some more leave than must, so that not every new client has the longest gone looked for.
    private async Task MakeRoomAsync(KnownClient[] saved)
    {
        if (!Array.Exists(saved, static client => client.Online))
        {
            return;
        }

        int tooMany = (await _store.ListAsync(new ClientQuery { Take = 1 }, CancellationToken.None).ConfigureAwait(false)).Total - _most;
        if (tooMany > 0 && await _store.ListLongestGoneAsync(tooMany + (_most / 100), CancellationToken.None).ConfigureAwait(false) is { Count: > 0 } gone)
        {
            await _store.RemoveAsync([.. gone.Select(static client => client.Uuid)], CancellationToken.None).ConfigureAwait(false);
        }
    }
}
