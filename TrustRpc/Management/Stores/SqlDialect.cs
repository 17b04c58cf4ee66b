namespace TrustRpc.Management;

/// <summary>Where the databases that a <see cref="DatabaseClientStore"/> knows differ from each other.</summary>
public enum SqlDialect
{
    /// <summary>Told by the name of the provider's connection class: <c>SqlConnection</c> is SQL Server, <c>NpgsqlConnection</c> PostgreSQL, everything else as SQLite.</summary>
    Automatic,

    /// <summary>SQLite, and what understands the same statements: <c>LIMIT … OFFSET</c>, <c>CREATE TABLE IF NOT EXISTS</c>.</summary>
    Sqlite,

    /// <summary>PostgreSQL.</summary>
    PostgreSql,

    /// <summary>Microsoft SQL Server 2012 or later.</summary>
    SqlServer,
}
