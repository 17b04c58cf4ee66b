using System.Globalization;
using System.Runtime.ExceptionServices;

namespace TrustRpc.Management;

/// <summary>
/// Writes changes to a store behind the back of whoever makes them, in batches: one at a time, a client once in each. Whoever reads does so behind everything that was saved before. Thread-safe.
/// </summary>
internal sealed class ClientSaver : IAsyncDisposable
{
    /// <summary>Changes that may wait for a store that fails, at least.</summary>
    private const int MostWaiting = 10_000;

    private const int MostPerPage = 500;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);

    private readonly IClientStore _store;
    private readonly int _most;
    private readonly TimeSpan _delay;
    private readonly TimeSpan _closeTimeout;
    private readonly TimeProvider _time;
    private readonly Action<Exception> _failed;
    private readonly ITimer _later;
    private readonly ClientChanges _changes;
    private readonly SemaphoreSlim _saving = new(1);
    private readonly CancellationTokenSource _giveUp = new();
    private int _scheduled;
    private bool _isOpen;
    private bool _closed;

    /// <param name="options">The limits.</param>
    /// <param name="store">Belongs to the saver from here on.</param>
    /// <param name="failed">Is told of whatever goes wrong with the store; must not throw.</param>
    public ClientSaver(ManagementOptions options, IClientStore store, Action<Exception> failed)
    {
        (_store, _most, _delay, _closeTimeout, _time, _failed) = (store, options.MaxKnownClients, options.LastSeenDelay, options.StoreCloseTimeout, options.TimeProvider, failed);
        _changes = new ClientChanges(Math.Max(_most, MostWaiting));
        _later = _time.CreateTimer(static saver => _ = ((ClientSaver)saver!).SaveQuietlyAsync(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Completes when the store is open; faults where it cannot be opened at first.</summary>
    public Task Opened { get; private set; } = Task.CompletedTask;

    /// <summary>Begins to open the store; what is saved meanwhile waits.</summary>
    public void Open()
    {
        Opened = Task.Run(() => UseAsync(OpenStoreAsync, _giveUp.Token));
        _ = ObserveAsync(Opened);
    }

    /// <summary>Remembers a change for the store.</summary>
    /// <param name="client">The client as it is now.</param>
    /// <param name="soon">Save it now; else whenever something is saved, and within the delay.</param>
    public void Save(KnownClient client, bool soon)
    {
        bool isFirst = _changes.Add(client.Uuid, client);
        if (soon)
        {
            SaveSoon();
        }
        else if (isFirst)
        {
            _later.Change(_delay, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Remembers that a client is to be forgotten.</summary>
    public void Remove(string uuid)
    {
        _changes.Add(uuid, null);
        SaveSoon();
    }

    public ValueTask<ClientPage> ListAsync(ClientQuery query, CancellationToken cancellationToken) => ReadAsync(() => _store.ListAsync(query, cancellationToken), cancellationToken);

    public ValueTask<KnownClient?> FindAsync(string uuid, CancellationToken cancellationToken) => ReadAsync(() => _store.FindAsync(uuid, cancellationToken), cancellationToken);

    /// <summary>Saves what is left and closes the store.</summary>
    /// <exception cref="TimeoutException">It has not done so in time, and is left to itself.</exception>
    public async ValueTask DisposeAsync()
    {
        await _later.DisposeAsync().ConfigureAwait(false);
        Task closing = CloseAsync();
        try
        {
            await closing.WaitAsync(_closeTimeout, _time).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!closing.IsCompleted)
        {
            _ = ObserveAsync(closing);
            await _giveUp.CancelAsync().ConfigureAwait(false);
            throw new TimeoutException(string.Create(
                CultureInfo.InvariantCulture,
                $"The store of clients was not saved and closed within {_closeTimeout.TotalSeconds:0.###} s ({nameof(ManagementOptions.StoreCloseTimeout)}), so the server has stopped without it: the last changes may be missing there. See whether its database or its disk answers."));
        }
    }

    private static async Task ObserveAsync(Task task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (Exception)
        {
            // Has been reported, where anybody is left to be told.
        }
    }

    private void SaveSoon()
    {
        if (Interlocked.Exchange(ref _scheduled, 1) == 0)
        {
            _ = Task.Run(SaveQuietlyAsync);
        }
    }

    private Task SaveQuietlyAsync() => ObserveAsync(UseAsync(SaveAllAsync, _giveUp.Token));

    private async Task CloseAsync()
    {
        await SaveQuietlyAsync().ConfigureAwait(false);
        await _saving.WaitAsync().ConfigureAwait(false);
        _closed = true;
        _saving.Release();
        await _store.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<T> ReadAsync<T>(Func<ValueTask<T>> read, CancellationToken cancellationToken)
    {
        Task saving = UseAsync(SaveAllAsync, cancellationToken);
        try
        {
            await saving.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!saving.IsCompleted)
        {
            // A store may hang: whoever reads need not wait for that, and what is being saved is saved all the same.
            _ = ObserveAsync(saving);
            throw;
        }

        try
        {
            return await read().ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            Report(e);
            throw;
        }
    }

    // One at a time.
    private async Task UseAsync(Func<Task> use, CancellationToken cancellationToken)
    {
        await _saving.WaitAsync(cancellationToken).ConfigureAwait(false);
        ExceptionDispatchInfo? failure = null;
        try
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(RpcManagement));
            await use().ConfigureAwait(false);
        }
        catch (Exception e) when (!_closed)
        {
            failure = ExceptionDispatchInfo.Capture(e);
        }
        finally
        {
            _saving.Release();
        }

        // Once the next one has the store: whoever is told may wait for a list of clients.
        if (failure is not null)
        {
            Report(failure.SourceException);
            failure.Throw();
        }
    }

    // What was to be saved is kept: it is tried again, with the next change or soon.
    private void Report(Exception failure)
    {
        if (!_giveUp.IsCancellationRequested)
        {
            _later.Change(RetryDelay, Timeout.InfiniteTimeSpan);
            _failed(failure);
        }
    }

    // A store that could not be opened is tried again: the database may be there by now.
    private async Task OpenStoreAsync()
    {
        if (!_isOpen)
        {
            await _store.OpenAsync(_giveUp.Token).ConfigureAwait(false);
            _isOpen = true;
        }
    }

    private async Task SaveAllAsync()
    {
        // First: where the store cannot be opened, the next change tries again.
        Interlocked.Exchange(ref _scheduled, 0);
        await OpenStoreAsync().ConfigureAwait(false);
        while (_changes.Take() is { Count: > 0 } batch)
        {
            await SaveAsync(batch).ConfigureAwait(false);
        }

        if (_changes.WereLost())
        {
            await MakeUpForLostAsync().ConfigureAwait(false);
        }
    }

    // Not to be given up halfway by one of those who wait for it: the batch is everybody's.
    private async Task SaveAsync(Dictionary<string, KnownClient?> batch)
    {
        try
        {
            if (batch.Values.OfType<KnownClient>().ToArray() is { Length: > 0 } saved)
            {
                await _store.SaveAsync(saved, _giveUp.Token).ConfigureAwait(false);
                await MakeRoomAsync(saved).ConfigureAwait(false);
            }

            if (batch.Where(static change => change.Value is null).Select(static change => change.Key).ToArray() is { Length: > 0 } removed)
            {
                await _store.RemoveAsync(removed, _giveUp.Token).ConfigureAwait(false);
            }
        }
        catch
        {
            _changes.PutBack(batch);
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

        int tooMany = (await _store.ListAsync(new ClientQuery { Take = 1 }, _giveUp.Token).ConfigureAwait(false)).Total - _most;
        if (tooMany > 0 && await _store.ListLongestGoneAsync(tooMany + (_most / 100), _giveUp.Token).ConfigureAwait(false) is { Count: > 0 } gone)
        {
            await _store.RemoveAsync([.. gone.Select(static client => client.Uuid)], _giveUp.Token).ConfigureAwait(false);
        }
    }

    // Whoever is connected for the store and not here has left while too much waited for it. Who comes or goes meanwhile is the next batch.
    private async Task MakeUpForLostAsync()
    {
        try
        {
            List<KnownClient> gone = [];
            ClientPage page;
            int skip = 0;
            do
            {
                page = await _store.ListAsync(new ClientQuery { Online = true, Skip = skip, Take = MostPerPage }, _giveUp.Token).ConfigureAwait(false);
                gone.AddRange(page.Clients.Where(client => !_changes.IsOnline(client.Uuid)).Select(static client => client with { Online = false }));
                skip += MostPerPage;
            }
            while (page.Clients.Count == MostPerPage);

            await SaveAsync(gone.ToDictionary(static client => client.Uuid, static client => client.IsTemporary ? null : client, StringComparer.Ordinal)).ConfigureAwait(false);
        }
        catch
        {
            _changes.StayLost();
            throw;
        }
    }
}
