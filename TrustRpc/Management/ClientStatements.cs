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
        Update = $"UPDATE {table} SET name = @name, search_name = @search_name, ip_address = @ip_address, endpoint = @endpoint, transport = @transport, online = @online, "
            + "connected_at = @connected_at, last_seen = @last_seen WHERE uuid = @uuid";
        Insert = $"INSERT INTO {table} ({Columns}, search_name) VALUES (@uuid, @name, @ip_address, @endpoint, @transport, @online, @connected_at, @last_seen, @search_name)";
        AllOffline = $"UPDATE {table} SET online = 0 WHERE online <> 0";
        Find = $"SELECT {Columns} FROM {table} WHERE uuid = @uuid";
        CountAll = $"SELECT COUNT(*) FROM {table}";
    }

    public string Update { get; }

    public string Insert { get; }

    public string AllOffline { get; }

    public string Find { get; }

    public string CountAll { get; }

    /// <summary>What makes the table and its index where they are not there.</summary>
    public IEnumerable<string> Schema
    {
        get
        {
            string name = Text(KnownClient.LongestName);
            string other = Text(KnownClient.LongestText);
            string index = _table.Replace('.', '_') + "_by_name";
            string columns = $"uuid {name} NOT NULL PRIMARY KEY, name {name} NOT NULL, search_name {name} NOT NULL, ip_address {other} NOT NULL, endpoint {other} NOT NULL, "
                + $"transport {other} NOT NULL, online INTEGER NOT NULL, connected_at BIGINT NOT NULL, last_seen BIGINT NOT NULL";
            if (_dialect == SqlDialect.SqlServer)
            {
                yield return $"IF OBJECT_ID(N'{_table}', N'U') IS NULL CREATE TABLE {_table} ({columns})";
                yield return $"IF NOT EXISTS (SELECT 1 FROM sys.indexes WHERE name = N'{index}') CREATE INDEX {index} ON {_table} (name, uuid)";
            }
            else
            {
                yield return $"CREATE TABLE IF NOT EXISTS {_table} ({columns})";
                yield return $"CREATE INDEX IF NOT EXISTS {index} ON {_table} (name, uuid)";
            }
        }
    }

    public string Page(ClientQuery query)
    {
        string skip = query.Skip.ToString(CultureInfo.InvariantCulture);
        string take = query.Take.ToString(CultureInfo.InvariantCulture);
        string part = _dialect == SqlDialect.SqlServer ? $"OFFSET {skip} ROWS FETCH NEXT {take} ROWS ONLY" : $"LIMIT {take} OFFSET {skip}";
        return $"SELECT {Columns} FROM {_table}{Where(query)} ORDER BY name, uuid {part}";
    }

    public string Count(ClientQuery query) => CountAll + Where(query);

    /// <summary>A pattern that finds the text anywhere, whatever its case: the column beside the name is in the same small letters.</summary>
    public static string Pattern(string text)
    {
        string small = text.ToLowerInvariant();
        return $"%{small.Replace("!", "!!", StringComparison.Ordinal).Replace("%", "!%", StringComparison.Ordinal).Replace("_", "!_", StringComparison.Ordinal).Replace("[", "![", StringComparison.Ordinal)}%";
    }

    public static bool IsTable(string name)
        => name.Split('.') is { Length: 1 or 2 } parts
            && parts.All(static part => part is { Length: > 0 and <= 50 } && !char.IsAsciiDigit(part[0]) && part.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_'));

    private static string Where(ClientQuery query)
    {
        string[] conditions =
        [
            .. query.Online is null ? (string[])[] : ["online = @online"],
            .. query.NameContains is null ? (string[])[] : ["search_name LIKE @pattern ESCAPE '!'"],
        ];
        return conditions.Length == 0 ? "" : " WHERE " + string.Join(" AND ", conditions);
    }

    private string Text(int length) => _dialect switch
    {
        SqlDialect.SqlServer => string.Create(CultureInfo.InvariantCulture, $"NVARCHAR({length}) COLLATE Latin1_General_100_BIN2"),
        SqlDialect.PostgreSql => string.Create(CultureInfo.InvariantCulture, $"VARCHAR({2 * length}) COLLATE \"C\""),
        _ => "TEXT",
    };
}
