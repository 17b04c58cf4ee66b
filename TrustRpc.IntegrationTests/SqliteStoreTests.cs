using Microsoft.Data.Sqlite;
using TrustRpc.Management;
using TrustRpc.Tests.Support;
using Xunit.Abstractions;

namespace TrustRpc.IntegrationTests;

/// <summary>The store in a real SQLite database.</summary>
public sealed class SqliteStoreTests(ITestOutputHelper output) : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("trustrpc-test-");

    public static TheoryData<string> Rules => ClientStoreContract.Rules;

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        _directory.Delete(recursive: true);
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public Task The_store_keeps_the_rule(string rule) => ClientStoreContract.CheckAsync(rule, () => Open());

    [Fact]
    public Task A_server_keeps_its_clients_over_a_restart() => ManagedRestart.CheckAsync(() => Open());

    [Fact]
    public async Task A_page_of_a_hundred_thousand_clients_is_right_and_its_time_is_printed()
    {
        await using DatabaseClientStore store = Open();
        await PageTimes.PrintAsync(store, "SQLite", output);
    }

    [Fact]
    public async Task A_table_may_lie_in_a_schema()
    {
        await using DatabaseClientStore store = Open("main.clients");
        await store.OpenAsync();
        await store.SaveAsync([ClientStoreContract.Client("1", "one")]);

        await using DatabaseClientStore again = Open("main.clients");
        await again.OpenAsync();

        Assert.NotNull(await again.FindAsync("1"));
    }

    [Fact]
    public async Task Tables_of_two_servers_do_not_mix()
    {
        await using DatabaseClientStore one = Open("one");
        await using DatabaseClientStore two = Open("two");
        await one.OpenAsync();
        await two.OpenAsync();

        await one.SaveAsync([ClientStoreContract.Client("1", "one")]);

        Assert.Null(await two.FindAsync("1"));
    }

    [Fact]
    public async Task Rows_that_something_else_has_removed_are_noticed_within_seconds()
    {
        ManualTimeProvider time = new();
        await using DatabaseClientStore store = Open(time: time);
        await store.OpenAsync();
        await store.SaveAsync([.. Enumerable.Range(0, 3000).Select(i => ClientStoreContract.Client($"{i:0000}", "same"))]);
        await using (SqliteConnection connection = new(Source))
        {
            await connection.OpenAsync();
            await using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "DELETE FROM trustrpc_clients WHERE uuid < '1000'";
            await command.ExecuteNonQueryAsync();
        }

        time.Advance(TimeSpan.FromSeconds(11));
        ClientPage last = await store.ListAsync(new ClientQuery { Skip = 2990 });
        ClientPage middle = await store.ListAsync(new ClientQuery { Skip = 1000, Take = 1 });

        Assert.Equal((0, 2000), (last.Clients.Count, last.Total));
        Assert.Equal("2000", Assert.Single(middle.Clients).Uuid);
    }

    private string Source => $"Data Source={Path.Combine(_directory.FullName, "clients.db")}";

    private DatabaseClientStore Open(string table = "trustrpc_clients", TimeProvider? time = null)
        => new(SqliteFactory.Instance.CreateDataSource(Source), table, time: time);
}
