using Npgsql;
using TrustRpc.Management;
using TrustRpc.Tests.Support;
using Xunit.Abstractions;

namespace TrustRpc.IntegrationTests;

/// <summary>The store in a real PostgreSQL database.</summary>
public sealed class PostgresStoreTests(PostgresServer postgres, ITestOutputHelper output) : IClassFixture<PostgresServer>
{
    private static int s_tables;

    private readonly string _table = $"clients_{Interlocked.Increment(ref s_tables)}";

    public static TheoryData<string> Rules => ClientStoreContract.Rules;

    [PostgresTheory]
    [MemberData(nameof(Rules))]
    public Task The_store_keeps_the_rule(string rule) => ClientStoreContract.CheckAsync(rule, Open);

    [PostgresFact]
    public Task A_server_keeps_its_clients_over_a_restart() => ManagedRestart.CheckAsync(Open);

    [PostgresFact]
    public async Task A_page_of_a_hundred_thousand_clients_is_right_and_its_time_is_printed()
    {
        await using IClientStore store = Open();
        await PageTimes.PrintAsync(store, "PostgreSQL", output);
    }

    [PostgresFact]
    public async Task A_table_with_the_longest_name_has_both_its_indexes()
    {
        string table = _table.PadRight(50, 'x');
        await using (DatabaseClientStore store = new(postgres.Open(), $"public.{table}"))
        {
            await store.OpenAsync();
        }

        await using NpgsqlDataSource database = postgres.Open();
        await using NpgsqlCommand command = database.CreateCommand($"SELECT COUNT(*) FROM pg_indexes WHERE tablename = '{table}' AND indexname LIKE '%_by_%'");
        Assert.Equal(2L, await command.ExecuteScalarAsync());
    }

    [PostgresFact]
    public async Task A_table_may_lie_in_a_schema()
    {
        await using DatabaseClientStore store = new(postgres.Open(), $"public.{_table}");
        await store.OpenAsync();

        await store.SaveAsync([ClientStoreContract.Client("1", "one")]);

        Assert.NotNull(await store.FindAsync("1"));
    }

    private DatabaseClientStore Open() => new(postgres.Open(), _table);
}
