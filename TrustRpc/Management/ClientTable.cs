using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace TrustRpc.Management;

/// <summary>The table of clients of a database, over whatever connection is handed in, and the index that makes its pages cheap. One change at a time; pages may be read meanwhile. Thread-safe.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The semaphore is never waited for by its handle: it holds nothing to give back.")]
internal sealed class ClientTable(ClientStatements statements, TimeProvider time)
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _changing = new(1);
    private volatile TableIndex? _index;
    private long _checked = time.GetTimestamp();

    public async ValueTask OpenAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        foreach (string statement in (IEnumerable<string>)[.. statements.Schema, statements.RemoveTemporary, statements.AllOffline])
        {
            await ClientRows.ExecuteAsync(connection, null, statement, null, cancellationToken).ConfigureAwait(false);
        }

        _index = await ReadIndexAsync(connection, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask SaveAsync(DbConnection connection, IReadOnlyCollection<KnownClient> clients, CancellationToken cancellationToken)
        => ChangeAsync(
            connection,
            async (transaction, changes) =>
            {
                foreach (KnownClient client in clients)
                {
                    ClientKey? before = await SaveAsync(connection, transaction, client, cancellationToken).ConfigureAwait(false);
                    changes.Add(index => index.Save(before, client));
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
                        changes.Add(index => index.Remove(ClientKey.Of(client)));
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
        TableIndex index = await CurrentIndexAsync(connection, cancellationToken).ConfigureAwait(false);
        Bookmarks marks = index.For(query.Online);
        (ClientKey from, ClientKey? to, int skip) = marks.Find(query.Skip, query.Take);
        List<KnownClient> clients = await ClientRows.ReadAsync(
            connection, null, statements.PageFrom(query.Online, to is not null), command => Between(command, query.Online, from, to, skip, query.Take), cancellationToken).ConfigureAwait(false);
        return new ClientPage(clients, marks.Total);
    }

    public async ValueTask<ClientPage> SearchAsync(DbConnection connection, ClientQuery query, string text, CancellationToken cancellationToken)
    {
        void Describe(DbCommand command)
        {
            ClientRows.Add(command, "text", statements.Searched(text));
            Filter(command, query.Online);
        }

        List<KnownClient> page = await ClientRows.ReadAsync(
            connection,
            null,
            statements.PageWith(query.Online),
            command =>
            {
                Describe(command);
                Part(command, query.Skip, query.Take);
            },
            cancellationToken).ConfigureAwait(false);

        // The last page tells by itself how many there are.
        bool isLast = page.Count < query.Take && (page.Count > 0 || query.Skip == 0);
        return new ClientPage(page, isLast ? query.Skip + page.Count : await CountAsync(connection, statements.CountWith(query.Online), Describe, cancellationToken).ConfigureAwait(false));
    }

    private static async ValueTask<int> CountAsync(DbConnection connection, string statement, Action<DbCommand>? describe, CancellationToken cancellationToken)
    {
        int count = 0;
        await ClientRows.ReadAsync(connection, null, statement, describe, row => count = Convert.ToInt32(row.GetValue(0), CultureInfo.InvariantCulture), cancellationToken).ConfigureAwait(false);
        return count;
    }

    // What was changed is remembered when it is certain; where it is not, the index is read anew when it is needed.
    private async ValueTask ChangeAsync(DbConnection connection, Func<DbTransaction, List<Action<TableIndex>>, Task> change, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            TableIndex index = _index ?? await ReadIndexAsync(connection, cancellationToken).ConfigureAwait(false);
            _index = index;
            List<Action<TableIndex>> changes = [];
            DbTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                await change(transaction, changes).ConfigureAwait(false);
                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            }

            changes.ForEach(one => one(index));
            await DivideAsync(connection, index, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            _index = null;
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

    private async ValueTask DivideAsync(DbConnection connection, TableIndex index, CancellationToken cancellationToken)
    {
        foreach ((bool? online, Bookmarks marks) in index.Lists)
        {
            while (marks.TooLong is { } stretch)
            {
                Bookmarks rows = new();
                await ClientRows.ReadAsync(
                    connection,
                    null,
                    statements.KeysFrom(online),
                    command => Between(command, online, stretch.From, null, 0, stretch.Count),
                    row => rows.Append(new ClientKey(row.GetString(0), row.GetString(1))),
                    cancellationToken).ConfigureAwait(false);
                marks.Divide(stretch, rows);
            }
        }
    }

    // Whoever else changes the table has it counted anew by the difference: soon, and not with every page.
    private async ValueTask<TableIndex> CurrentIndexAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        if (_index is { } index && time.GetElapsedTime(Volatile.Read(ref _checked)) < CheckInterval)
        {
            return index;
        }

        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_index is not { } current || await CountAsync(connection, statements.CountAll, null, cancellationToken).ConfigureAwait(false) != current.For(null).Total)
            {
                _index = current = await ReadIndexAsync(connection, cancellationToken).ConfigureAwait(false);
            }

            Volatile.Write(ref _checked, time.GetTimestamp());
            return current;
        }
        finally
        {
            _changing.Release();
        }
    }

    private async ValueTask<TableIndex> ReadIndexAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        TableIndex index = new();
        await ClientRows.ReadAsync(
            connection, null, statements.AllKeys, null, row => index.Append(new ClientKey(row.GetString(0), row.GetString(1)), row.GetInt32(2) != 0), cancellationToken).ConfigureAwait(false);
        return index;
    }

    private static void Between(DbCommand command, bool? online, ClientKey from, ClientKey? to, int skip, int take)
    {
        ClientRows.Add(command, "from_name", from.Name);
        ClientRows.Add(command, "from_uuid", from.Uuid);
        if (to is { } end)
        {
            ClientRows.Add(command, "to_name", end.Name);
            ClientRows.Add(command, "to_uuid", end.Uuid);
        }

        Filter(command, online);
        Part(command, skip, take);
    }

    private static void Part(DbCommand command, int skip, int take)
    {
        ClientRows.Add(command, "skip", skip);
        ClientRows.Add(command, "take", take);
    }

    private static void Filter(DbCommand command, bool? online)
    {
        if (online is { } connected)
        {
            ClientRows.Add(command, "online", connected ? 1 : 0);
        }
    }
}
