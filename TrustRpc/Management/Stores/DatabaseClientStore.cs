using System.Data.Common;

namespace TrustRpc.Management;

/// <summary>
/// Keeps the clients in a database, by whatever ADO.NET provider the program brings: <c>new DatabaseClientStore(NpgsqlDataSource.Create(…))</c>,
/// <c>new DatabaseClientStore(SqliteFactory.Instance.CreateDataSource(…))</c>. The table is made when it is not there. For one server at a time: each has a table of its own. Thread-safe.
/// </summary>
/// <remarks>
/// The store remembers the names and ids of all clients, some 150 bytes for each, and asks the database for the rows of a page alone, wherever it lies. Where something else adds or removes rows, pages may begin
/// some rows off until the store finds, within ten seconds, that the table has another number of rows than it should.
/// </remarks>
public sealed class DatabaseClientStore : IClientStore
{
    private readonly DbDataSource _database;
    private readonly string _table;
    private readonly SqlDialect _dialect;
    private readonly TimeProvider _time;
    private ClientTable? _clients;

    /// <summary>Makes a store that is not open yet.</summary>
    /// <param name="database">Where connections come from; disposed with the store.</param>
    /// <param name="table">The table's name, with a schema and a dot before it where there is one: letters, digits and underscores, up to 50 characters each.</param>
    /// <param name="dialect">The database's kind; the default tells by the provider.</param>
    /// <param name="time">Where time comes from; null = the system.</param>
    /// <exception cref="ArgumentException">The table's name is none.</exception>
    public DatabaseClientStore(DbDataSource database, string table = "trustrpc_clients", SqlDialect dialect = SqlDialect.Automatic, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(table);
        if (!ClientStatements.IsTable(table))
        {
            throw new ArgumentException("A table's name is of letters, digits and underscores, up to 50 of them; a schema and a dot may come before it.", nameof(table));
        }

        (_database, _table, _dialect, _time) = (database, table, dialect, time ?? TimeProvider.System);
    }

    private ClientTable Clients => _clients ?? throw new InvalidOperationException("The store is not open.");

    /// <inheritdoc/>
    /// <exception cref="DbException">The database cannot be reached, or the table cannot be made.</exception>
    public async ValueTask OpenAsync(CancellationToken cancellationToken = default)
    {
        DbConnection connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            ClientTable clients = new(new ClientStatements(DialectOf(connection), _table), _time);
            await clients.OpenAsync(connection, cancellationToken).ConfigureAwait(false);
            _clients = clients;
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
            await Clients.SaveAsync(connection, clients, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="DbException">Nothing was removed.</exception>
    public async ValueTask RemoveAsync(IReadOnlyCollection<string> uuids, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(uuids);
        DbConnection connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            await Clients.RemoveAsync(connection, uuids, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="DbException">The database cannot be reached.</exception>
    public async ValueTask<KnownClient?> FindAsync(string uuid, CancellationToken cancellationToken = default)
    {
        DbConnection connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return await Clients.FindAsync(connection, null, uuid, cancellationToken).ConfigureAwait(false);
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
            return await Clients.PageAsync(connection, query, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="DbException">The database cannot be reached.</exception>
    public async ValueTask<IReadOnlyList<KnownClient>> ListLongestGoneAsync(int count, CancellationToken cancellationToken = default)
    {
        DbConnection connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return await Clients.LongestGoneAsync(connection, count, cancellationToken).ConfigureAwait(false);
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
}
