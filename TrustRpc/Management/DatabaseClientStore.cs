using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace TrustRpc.Management;

/// <summary>
/// Keeps the clients in a database, by whatever ADO.NET provider the program brings: <c>new DatabaseClientStore(NpgsqlDataSource.Create(…))</c>,
/// <c>new DatabaseClientStore(SqliteFactory.Instance.CreateDataSource(…))</c>. The table is made when it is not there. For one server at a time: each has a table of its own. Thread-safe.
/// </summary>
public sealed class DatabaseClientStore : IClientStore
{
    private readonly DbDataSource _database;
    private readonly string _table;
    private readonly SqlDialect _dialect;
    private ClientStatements? _statements;
    private int _count;

    /// <summary>Makes a store that is not open yet.</summary>
    /// <param name="database">Where connections come from; disposed with the store.</param>
    /// <param name="table">The table's name, with a schema and a dot before it where there is one: letters, digits and underscores, up to 50 characters each.</param>
    /// <param name="dialect">The database's kind; the default tells by the provider.</param>
    /// <exception cref="ArgumentException">The table's name is none.</exception>
    public DatabaseClientStore(DbDataSource database, string table = "trustrpc_clients", SqlDialect dialect = SqlDialect.Automatic)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(table);
        if (!ClientStatements.IsTable(table))
        {
            throw new ArgumentException("A table's name is of letters, digits and underscores, up to 50 of them; a schema and a dot may come before it.", nameof(table));
        }

        (_database, _table, _dialect) = (database, table, dialect);
    }

    private ClientStatements Statements => _statements ?? throw new InvalidOperationException("The store is not open.");

    /// <inheritdoc/>
    /// <exception cref="DbException">The database cannot be reached, or the table cannot be made.</exception>
    public async ValueTask OpenAsync(CancellationToken cancellationToken = default)
    {
        DbConnection connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            ClientStatements statements = new(DialectOf(connection), _table);
            foreach (string statement in statements.Schema)
            {
                await ExecuteAsync(connection, null, statement, null, cancellationToken).ConfigureAwait(false);
            }

            await ExecuteAsync(connection, null, statements.AllOffline, null, cancellationToken).ConfigureAwait(false);
            _count = await CountAsync(connection, statements.CountAll, null, cancellationToken).ConfigureAwait(false);
            _statements = statements;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="DbException">Nothing was saved.</exception>
    public async ValueTask SaveAsync(IReadOnlyCollection<KnownClient> clients, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(clients);
        DbConnection connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            DbTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                int added = 0;
                foreach (KnownClient client in clients)
                {
                    if (await ExecuteAsync(connection, transaction, Statements.Update, command => Describe(command, client), cancellationToken).ConfigureAwait(false) == 0)
                    {
                        added += await ExecuteAsync(connection, transaction, Statements.Insert, command => Describe(command, client), cancellationToken).ConfigureAwait(false);
                    }
                }

                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
                Interlocked.Add(ref _count, added);
            }
        }
    }

    /// <inheritdoc/>
    /// <exception cref="DbException">The database cannot be reached.</exception>
    public async ValueTask<KnownClient?> FindAsync(string uuid, CancellationToken cancellationToken = default)
    {
        DbConnection connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            List<KnownClient> found = await ReadAsync(connection, Statements.Find, command => Add(command, "uuid", uuid), cancellationToken).ConfigureAwait(false);
            return found.Count > 0 ? found[0] : null;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="DbException">The database cannot be reached.</exception>
    public async ValueTask<ClientPage> ListAsync(ClientQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        DbConnection connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            List<KnownClient> page = await ReadAsync(connection, Statements.Page(query), command => Filter(command, query), cancellationToken).ConfigureAwait(false);

            // Counting a whole table costs more than its page, so what this store itself has added is counted as it goes.
            int total = query is { Online: null, NameContains: null }
                ? Volatile.Read(ref _count)
                : await CountAsync(connection, Statements.Count(query), command => Filter(command, query), cancellationToken).ConfigureAwait(false);
            return new ClientPage(page, total);
        }
    }

    /// <summary>Closes the database's connections.</summary>
    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private SqlDialect DialectOf(DbConnection connection) => _dialect != SqlDialect.Automatic ? _dialect : connection.GetType().Name switch
    {
        "SqlConnection" => SqlDialect.SqlServer,
        "NpgsqlConnection" => SqlDialect.PostgreSql,
        _ => SqlDialect.Sqlite,
    };

    private static async ValueTask<List<KnownClient>> ReadAsync(DbConnection connection, string text, Action<DbCommand> describe, CancellationToken cancellationToken)
    {
        DbCommand command = Command(connection, null, text, describe);
        await using (command.ConfigureAwait(false))
        {
            DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                List<KnownClient> clients = [];
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    clients.Add(Read(reader));
                }

                return clients;
            }
        }
    }

    private static async ValueTask<int> ExecuteAsync(DbConnection connection, DbTransaction? transaction, string text, Action<DbCommand>? describe, CancellationToken cancellationToken)
    {
        DbCommand command = Command(connection, transaction, text, describe);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static async ValueTask<int> CountAsync(DbConnection connection, string text, Action<DbCommand>? describe, CancellationToken cancellationToken)
    {
        DbCommand command = Command(connection, null, text, describe);
        await using (command.ConfigureAwait(false))
        {
            return Convert.ToInt32(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false), System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    [SuppressMessage("Security", "CA2100", Justification = "The statements are this store's own; the table's name has been checked and every value is a parameter.")]
    private static DbCommand Command(DbConnection connection, DbTransaction? transaction, string text, Action<DbCommand>? describe)
    {
        DbCommand command = connection.CreateCommand();
        command.CommandText = text;
        command.Transaction = transaction;
        describe?.Invoke(command);
        return command;
    }

    private static void Describe(DbCommand command, KnownClient client)
    {
        Add(command, "uuid", client.Uuid);
        Add(command, "name", client.Name);
        Add(command, "search_name", client.Name.ToLowerInvariant());
        Add(command, "ip_address", client.IpAddress);
        Add(command, "endpoint", client.Endpoint);
        Add(command, "transport", client.Transport);
        Add(command, "online", client.Online ? 1 : 0);
        Add(command, "connected_at", client.ConnectedAt.ToUnixTimeMilliseconds());
        Add(command, "last_seen", client.LastSeen.ToUnixTimeMilliseconds());
    }

    private static void Filter(DbCommand command, ClientQuery query)
    {
        if (query.Online is { } online)
        {
            Add(command, "online", online ? 1 : 0);
        }

        if (query.NameContains is { } text)
        {
            Add(command, "pattern", ClientStatements.Pattern(text));
        }
    }

    private static void Add(DbCommand command, string name, object value)
    {
        DbParameter parameter = command.CreateParameter();
        parameter.ParameterName = "@" + name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
    }

    private static KnownClient Read(DbDataReader row) => new()
    {
        Uuid = row.GetString(0),
        Name = row.GetString(1),
        IpAddress = row.GetString(2),
        Endpoint = row.GetString(3),
        Transport = row.GetString(4),
        Online = row.GetInt32(5) != 0,
        ConnectedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(6)),
        LastSeen = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(7)),
    };
}
