using System.Globalization;

namespace TrustRpc.Management;

/// <summary>
/// The statements of a store in a database, for one dialect and one table. Every value is a parameter; the table's name alone stands in the text, and is checked to be one. Texts are compared
/// character by character in every dialect, so that the order of pages is the same.
/// </summary>
internal sealed class ClientStatements
{
    private const string Columns = "uuid, name, ip_address, endpoint, transport, online, connected_at, last_seen";

    private readonly SqlDialect _dialect;
    private readonly string _table;

    public ClientStatements(SqlDialect dialect, string table)
    {
        (_dialect, _table) = (dialect, table);
        const string changes = "ip_address = @ip_address, endpoint = @endpoint, transport = @transport, online = @online, connected_at = @connected_at, last_seen = @last_seen";
        Update = $"UPDATE {table} SET {changes} WHERE uuid = @uuid AND name = @name";
        Rename = $"UPDATE {table} SET name = @name, {changes} WHERE uuid = @uuid";
        Insert = $"INSERT INTO {table} ({Columns}) VALUES (@uuid, @name, @ip_address, @endpoint, @transport, @online, @connected_at, @last_seen)";
        Remove = $"DELETE FROM {table} WHERE uuid = @uuid";
        RemoveTemporary = $"DELETE FROM {table} WHERE uuid LIKE '{KnownClient.TemporaryPrefix}%'";
        AllOffline = $"UPDATE {table} SET online = 0 WHERE online <> 0";
        Find = $"SELECT {Columns} FROM {table} WHERE uuid = @uuid";
        CountAll = $"SELECT COUNT(*) FROM {table}";
        AllKeys = $"SELECT name, uuid, online FROM {table} ORDER BY name, uuid";
        LongestGone = $"SELECT {Columns} FROM {table} WHERE online = 0 ORDER BY last_seen, uuid {Part}";
    }

    /// <summary>Changes a client that is there under the same name.</summary>
    public string Update { get; }

    /// <summary>Changes a client that is there under another name.</summary>
    public string Rename { get; }

    public string Insert { get; }

    public string Remove { get; }

    /// <summary>Removes those whose ids were for a process that has ended.</summary>
    public string RemoveTemporary { get; }

    public string AllOffline { get; }

    public string Find { get; }

    public string CountAll { get; }

    /// <summary>Name, id and whether it is connected, of all clients, in order: so each is added behind the last.</summary>
    public string AllKeys { get; }

    public string LongestGone { get; }

    /// <summary>What makes the table and its indexes where they are not there.</summary>
    public IEnumerable<string> Schema
    {
        get
        {
            string name = Text(KnownClient.LongestName);
            string other = Text(KnownClient.LongestText);
            string columns = $"uuid {name} NOT NULL PRIMARY KEY, name {name} NOT NULL, ip_address {other} NOT NULL, endpoint {other} NOT NULL, "
                + $"transport {other} NOT NULL, online INTEGER NOT NULL, connected_at BIGINT NOT NULL, last_seen BIGINT NOT NULL";
            yield return _dialect == SqlDialect.SqlServer ? $"IF OBJECT_ID(N'{_table}', N'U') IS NULL CREATE TABLE {_table} ({columns})" : $"CREATE TABLE IF NOT EXISTS {_table} ({columns})";
            yield return Index("by_name", "name, uuid");
            yield return Index("by_state", "online, name, uuid");
        }
    }

    // What follows ORDER BY.
    private string Part => _dialect == SqlDialect.SqlServer ? "OFFSET @skip ROWS FETCH NEXT @take ROWS ONLY" : "LIMIT @take OFFSET @skip";

    // SQL Server compares no rows; the first condition on the name is the one that it searches its index for.
    private string Between => _dialect == SqlDialect.SqlServer
        ? "name >= @from_name AND (name > @from_name OR uuid >= @from_uuid) AND name <= @to_name AND (name < @to_name OR uuid <= @to_uuid)"
        : "(name, uuid) >= (@from_name, @from_uuid) AND (name, uuid) <= (@to_name, @to_uuid)";

    /// <summary>The rows from one key to another: both bounds keep every planner to the index, statistics or not.</summary>
    public string PageBetween(bool? online) => $"SELECT {Columns} FROM {_table} WHERE {(online is null ? "" : "online = @online AND ")}{Between} ORDER BY name, uuid {Part}";

    /// <summary>So many rows by their ids, in no order.</summary>
    public string FindAll(int count) => $"SELECT {Columns} FROM {_table} WHERE uuid IN ({string.Join(", ", Enumerable.Range(0, count).Select(static i => "@" + NumberedId(i)))})";

    /// <summary>The name of a parameter of <see cref="FindAll"/>.</summary>
    public static string NumberedId(int number) => string.Create(CultureInfo.InvariantCulture, $"uuid{number}");

    public static bool IsTable(string name)
        => name.Split('.') is { Length: 1 or 2 } parts
            && parts.All(static part => part is { Length: > 0 and <= 50 } && !char.IsAsciiDigit(part[0]) && part.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_'));

    // An index lies in the schema of its table; SQLite alone wants that said of the index, and not of the table.
    private string Index(string what, string columns)
    {
        string name = _table[(_table.IndexOf('.', StringComparison.Ordinal) + 1)..];
        string index = $"{name}_{what}";
        return _dialect switch
        {
            SqlDialect.SqlServer => $"IF NOT EXISTS (SELECT 1 FROM sys.indexes WHERE name = N'{index}' AND object_id = OBJECT_ID(N'{_table}')) CREATE INDEX {index} ON {_table} ({columns})",
            SqlDialect.PostgreSql => $"CREATE INDEX IF NOT EXISTS {index} ON {_table} ({columns})",
            _ => $"CREATE INDEX IF NOT EXISTS {_table}_{what} ON {name} ({columns})",
        };
    }

    private string Text(int length) => _dialect switch
    {
        SqlDialect.SqlServer => string.Create(CultureInfo.InvariantCulture, $"NVARCHAR({length}) COLLATE Latin1_General_100_BIN2"),
        SqlDialect.PostgreSql => string.Create(CultureInfo.InvariantCulture, $"VARCHAR({2 * length}) COLLATE \"C\""),
        _ => "TEXT",
    };
}
