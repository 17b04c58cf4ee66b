using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace TrustRpc.Management;

/// <summary>The table of clients of a database, over whatever connection is handed in, and the order of its clients, by which pages are found. One change at a time; pages may be read meanwhile. Thread-safe.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The semaphore is never waited for by its handle: it holds nothing to give back.")]
internal sealed class ClientTable(ClientStatements statements, TimeProvider time)
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(10);

    /// <summary>As many as a page of the server's has, and less than any database takes as parameters.</summary>
    private const int MostAtOnce = 500;

    private readonly SemaphoreSlim _changing = new(1);
    private volatile ClientOrder? _order;
    private long _checked = time.GetTimestamp();

    public async ValueTask OpenAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        foreach (string statement in (IEnumerable<string>)[.. statements.Schema, statements.RemoveTemporary, statements.AllOffline])
        {
            await ClientRows.ExecuteAsync(connection, null, statement, null, cancellationToken).ConfigureAwait(false);
        }

        _order = await ReadOrderAsync(connection, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask SaveAsync(DbConnection connection, IReadOnlyCollection<KnownClient> clients, CancellationToken cancellationToken)
        => ChangeAsync(
            connection,
            async (transaction, changes) =>
            {
                foreach (KnownClient client in clients)
                {
                    ClientKey? before = await SaveAsync(connection, transaction, client, cancellationToken).ConfigureAwait(false);
                    changes.Add(order => order.Save(before, client));
                }
            },
            cancellationToken);

    public ValueTask RemoveAsync(DbConnection connection, IReadOnlyCollection<string> uuids, CancellationToken cancellationToken)
        => ChangeAsync(
            connection,
            async (transaction, changes) =>
            {
                foreach (string uuid in uuids)
                {
                    KnownClient? client = await FindAsync(connection, transaction, uuid, cancellationToken).ConfigureAwait(false);
                    if (client is not null && await ClientRows.ExecuteAsync(connection, transaction, statements.Remove, command => ClientRows.Add(command, "uuid", uuid), cancellationToken).ConfigureAwait(false) > 0)
                    {
                        changes.Add(order => order.Remove(ClientKey.Of(client)));
                    }
                }
            },
            cancellationToken);

    public async ValueTask<KnownClient?> FindAsync(DbConnection connection, DbTransaction? transaction, string uuid, CancellationToken cancellationToken)
    {
        List<KnownClient> found = await ClientRows.ReadAsync(connection, transaction, statements.Find, command => ClientRows.Add(command, "uuid", uuid), cancellationToken).ConfigureAwait(false);
        return found.Count > 0 ? found[0] : null;
    }

    public ValueTask<List<KnownClient>> LongestGoneAsync(DbConnection connection, int count, CancellationToken cancellationToken)
        => ClientRows.ReadAsync(connection, null, statements.LongestGone, command => Part(command, 0, count), cancellationToken);

    public async ValueTask<ClientPage> PageAsync(DbConnection connection, ClientQuery query, CancellationToken cancellationToken)
    {
        ClientOrder order = await CurrentOrderAsync(connection, cancellationToken).ConfigureAwait(false);
        (List<ClientKey> page, int total) = order.Find(query);
        return new ClientPage(
            page.Count == 0 ? []
                : query.NameContains is { Length: > 0 } ? await ReadEachAsync(connection, page, cancellationToken).ConfigureAwait(false)
                : await ReadBetweenAsync(connection, query.Online, page, cancellationToken).ConfigureAwait(false),
            total);
    }

    private ValueTask<List<KnownClient>> ReadBetweenAsync(DbConnection connection, bool? online, List<ClientKey> page, CancellationToken cancellationToken)
    {
        void Describe(DbCommand command)
        {
            ClientRows.Add(command, "from_name", page[0].Name);
            ClientRows.Add(command, "from_uuid", page[0].Uuid);
            ClientRows.Add(command, "to_name", page[^1].Name);
            ClientRows.Add(command, "to_uuid", page[^1].Uuid);
            if (online is { } connected)
            {
                ClientRows.Add(command, "online", connected ? 1 : 0);
            }

            Part(command, 0, page.Count);
        }

        return ClientRows.ReadAsync(connection, null, statements.PageBetween(online), Describe, cancellationToken);
    }

    // Those that have a text in their names lie anywhere.
    private async ValueTask<KnownClient[]> ReadEachAsync(DbConnection connection, List<ClientKey> page, CancellationToken cancellationToken)
    {
        Dictionary<string, KnownClient> found = new(StringComparer.Ordinal);
        foreach (ClientKey[] some in page.Chunk(MostAtOnce))
        {
            void Describe(DbCommand command)
            {
                for (int i = 0; i < some.Length; i++)
                {
                    ClientRows.Add(command, ClientStatements.NumberedId(i), some[i].Uuid);
                }
            }

            await ClientRows.ReadAsync(connection, null, statements.FindAll(some.Length), Describe, row => { KnownClient client = ClientRows.Read(row); found[client.Uuid] = client; }, cancellationToken)
                .ConfigureAwait(false);
        }

        return [.. page.Where(key => found.ContainsKey(key.Uuid)).Select(key => found[key.Uuid])];
    }

    private static async ValueTask<int> CountAsync(DbConnection connection, string statement, Action<DbCommand>? describe, CancellationToken cancellationToken)
    {
        int count = 0;
        await ClientRows.ReadAsync(connection, null, statement, describe, row => count = Convert.ToInt32(row.GetValue(0), CultureInfo.InvariantCulture), cancellationToken).ConfigureAwait(false);
        return count;
    }

    // What was changed is remembered when it is certain; where it is not, the order is read anew when it is needed.
    private async ValueTask ChangeAsync(DbConnection connection, Func<DbTransaction, List<Action<ClientOrder>>, Task> change, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ClientOrder order = _order ?? await ReadOrderAsync(connection, cancellationToken).ConfigureAwait(false);
            _order = order;
            List<Action<ClientOrder>> changes = [];
            DbTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                await change(transaction, changes).ConfigureAwait(false);
                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            }

            changes.ForEach(one => one(order));
        }
        catch
        {
            _order = null;
            throw;
        }
        finally
        {
            _changing.Release();
        }
    }

    // The key that the client had; null = it is new.
    private async ValueTask<ClientKey?> SaveAsync(DbConnection connection, DbTransaction transaction, KnownClient client, CancellationToken cancellationToken)
    {
        void Describe(DbCommand command) => ClientRows.Describe(command, client);
        if (await ClientRows.ExecuteAsync(connection, transaction, statements.Update, Describe, cancellationToken).ConfigureAwait(false) > 0)
        {
            return ClientKey.Of(client);
        }

        KnownClient? before = await FindAsync(connection, transaction, client.Uuid, cancellationToken).ConfigureAwait(false);
        string statement = before is null ? statements.Insert : statements.Rename;
        await ClientRows.ExecuteAsync(connection, transaction, statement, Describe, cancellationToken).ConfigureAwait(false);
        return before is null ? null : ClientKey.Of(before);
    }

    // Whoever else changes the table has it counted anew by the difference: soon, and not with every page.
    private async ValueTask<ClientOrder> CurrentOrderAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        if (_order is { } order && time.GetElapsedTime(Volatile.Read(ref _checked)) < CheckInterval)
        {
            return order;
        }

        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_order is not { } current || await CountAsync(connection, statements.CountAll, null, cancellationToken).ConfigureAwait(false) != current.Total)
            {
                _order = current = await ReadOrderAsync(connection, cancellationToken).ConfigureAwait(false);
            }

            Volatile.Write(ref _checked, time.GetTimestamp());
            return current;
        }
        finally
        {
            _changing.Release();
        }
    }

    private async ValueTask<ClientOrder> ReadOrderAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        ClientOrder order = new();
        await ClientRows.ReadAsync(
            connection, null, statements.AllKeys, null, row => order.Set(new ClientKey(row.GetString(0), row.GetString(1)), row.GetInt32(2) != 0), cancellationToken).ConfigureAwait(false);
        return order;
    }

    private static void Part(DbCommand command, int skip, int take)
    {
        ClientRows.Add(command, "skip", skip);
        ClientRows.Add(command, "take", take);
    }
}
