using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace TrustRpc.Management;

/// <summary>Statements about clients, as an ADO.NET provider executes them: parameters in, rows out.</summary>
internal static class ClientRows
{
    public static async ValueTask<List<KnownClient>> ReadAsync(DbConnection connection, DbTransaction? transaction, string text, Action<DbCommand> describe, CancellationToken cancellationToken)
    {
        List<KnownClient> clients = [];
        await ReadAsync(connection, transaction, text, describe, row => clients.Add(Read(row)), cancellationToken).ConfigureAwait(false);
        return clients;
    }

    public static async ValueTask ReadAsync(DbConnection connection, DbTransaction? transaction, string text, Action<DbCommand>? describe, Action<DbDataReader> read, CancellationToken cancellationToken)
    {
        DbCommand command = Command(connection, transaction, text, describe);
        await using (command.ConfigureAwait(false))
        {
            DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    read(reader);
                }
            }
        }
    }

    /// <summary>How many rows were changed.</summary>
    public static async ValueTask<int> ExecuteAsync(DbConnection connection, DbTransaction? transaction, string text, Action<DbCommand>? describe, CancellationToken cancellationToken)
    {
        DbCommand command = Command(connection, transaction, text, describe);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public static void Describe(DbCommand command, KnownClient client)
    {
        Add(command, "uuid", client.Uuid);
        Add(command, "name", client.Name);
        Add(command, "ip_address", client.IpAddress);
        Add(command, "endpoint", client.Endpoint);
        Add(command, "transport", client.Transport);
        Add(command, "online", client.Online ? 1 : 0);
        Add(command, "connected_at", client.ConnectedAt.ToUnixTimeMilliseconds());
        Add(command, "last_seen", client.LastSeen.ToUnixTimeMilliseconds());
    }

    public static void Add(DbCommand command, string name, object value)
    {
        DbParameter parameter = command.CreateParameter();
        parameter.ParameterName = "@" + name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
    }

    [SuppressMessage("Security", "CA2100", Justification = "The statements are the store's own; the table's name has been checked and every value is a parameter.")]
    private static DbCommand Command(DbConnection connection, DbTransaction? transaction, string text, Action<DbCommand>? describe)
    {
        DbCommand command = connection.CreateCommand();
        command.CommandText = text;
        command.Transaction = transaction;
        describe?.Invoke(command);
        return command;
    }

    /// <summary>The client of a row.</summary>
    public static KnownClient Read(DbDataReader row) => new()
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
