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
        const string changes = "search_name = @search_name, ip_address = @ip_address, endpoint = @endpoint, transport = @transport, online = @online, connected_at = @connected_at, last_seen = @last_seen";
        Update = $"UPDATE {table} SET {changes} WHERE uuid = @uuid AND name = @name";
        Rename = $"UPDATE {table} SET name = @name, {changes} WHERE uuid = @uuid";
        Insert = $"INSERT INTO {table} ({Columns}, search_name) VALUES (@uuid, @name, @ip_address, @endpoint, @transport, @online, @connected_at, @last_seen, @search_name)";
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

    /// <summary>Name, id and whether it is connected, of all clients in order.</summary>
    public string AllKeys { get; }

    public string LongestGone { get; }

    /// <summary>What makes the table and its indexes where they are not there.</summary>
    public IEnumerable<string> Schema
    {
        get
        {
            string name = Text(KnownClient.LongestName);
            string other = Text(KnownClient.LongestText);
            string columns = $"uuid {name} NOT NULL PRIMARY KEY, name {name} NOT NULL, search_name {name} NOT NULL, ip_address {other} NOT NULL, endpoint {other} NOT NULL, "
                + $"transport {other} NOT NULL, online INTEGER NOT NULL, connected_at BIGINT NOT NULL, last_seen BIGINT NOT NULL";
            yield return _dialect == SqlDialect.SqlServer ? $"IF OBJECT_ID(N'{_table}', N'U') IS NULL CREATE TABLE {_table} ({columns})" : $"CREATE TABLE IF NOT EXISTS {_table} ({columns})";
            yield return Index("by_name", "name, uuid");
            yield return Index("by_state", "online, name, uuid");
        }
    }

    // What follows ORDER BY.
    private string Part => _dialect == SqlDialect.SqlServer ? "OFFSET @skip ROWS FETCH NEXT @take ROWS ONLY" : "LIMIT @take OFFSET @skip";

    /// <summary>A page whose rows are counted from a key on, and lie before another key where there is one: an upper bound as well keeps every planner to the index, statistics or not.</summary>
    public string PageFrom(bool? online, bool bounded) => $"SELECT {Columns} FROM {_table} WHERE {WhereBetween(online, bounded)} ORDER BY name, uuid {Part}";

    /// <summary>The keys of rows from a key on.</summary>
    public string KeysFrom(bool? online) => $"SELECT name, uuid FROM {_table} WHERE {WhereBetween(online, bounded: false)} ORDER BY name, uuid {Part}";

    /// <summary>A page of those whose name has a text in it.</summary>
    public string PageWith(bool? online) => $"SELECT {Columns} FROM {_table}{WhereNamed(online)} ORDER BY name, uuid {Part}";

    /// <summary>How many have a text in their name.</summary>
    public string CountWith(bool? online) => $"SELECT COUNT(*) FROM {_table}{WhereNamed(online)}";

    /// <summary>What finds a text in names whatever its case: the column beside the name is in the same small letters.</summary>
    public string Searched(string text)
    {
        string small = text.ToLowerInvariant();
        return _dialect == SqlDialect.Sqlite
            ? small
            : $"%{small.Replace("!", "!!", StringComparison.Ordinal).Replace("%", "!%", StringComparison.Ordinal).Replace("_", "!_", StringComparison.Ordinal).Replace("[", "![", StringComparison.Ordinal)}%";
    }

    public static bool IsTable(string name)
        => name.Split('.') is { Length: 1 or 2 } parts
            && parts.All(static part => part is { Length: > 0 and <= 50 } && !char.IsAsciiDigit(part[0]) && part.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_'));

    // SQL Server compares no rows; the first condition on the name is the one that it searches its index for.
    private string WhereBetween(bool? online, bool bounded)
    {
        bool rows = _dialect != SqlDialect.SqlServer;
        string from = rows ? "(name, uuid) >= (@from_name, @from_uuid)" : "name >= @from_name AND (name > @from_name OR uuid >= @from_uuid)";
        string to = !bounded ? "" : rows ? " AND (name, uuid) < (@to_name, @to_uuid)" : " AND name <= @to_name AND (name < @to_name OR uuid < @to_uuid)";
        return $"{(online is null ? "" : "online = @online AND ")}{from}{to}";
    }

    // PostgreSQL knows best what LIKE costs, SQLite takes three times as long for it.
    private string WhereNamed(bool? online)
        => $" WHERE {(online is null ? "" : "online = @online AND ")}{(_dialect == SqlDialect.Sqlite ? "instr(search_name, @text) > 0" : "search_name LIKE @text ESCAPE '!'")}";

    private string Index(string what, string columns)
    {
        string index = $"{_table.Replace('.', '_')}_{what}";
        return _dialect == SqlDialect.SqlServer
            ? $"IF NOT EXISTS (SELECT 1 FROM sys.indexes WHERE name = N'{index}') CREATE INDEX {index} ON {_table} ({columns})"
            : $"CREATE INDEX IF NOT EXISTS {index} ON {_table} ({columns})";
    }

    private string Text(int length) => _dialect switch
    {
        SqlDialect.SqlServer => string.Create(CultureInfo.InvariantCulture, $"NVARCHAR({length}) COLLATE Latin1_General_100_BIN2"),
        SqlDialect.PostgreSql => string.Create(CultureInfo.InvariantCulture, $"VARCHAR({2 * length}) COLLATE \"C\""),
        _ => "TEXT",
    };
}
