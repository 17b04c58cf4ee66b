using System.Diagnostics;
using System.Text;
using TrustRpc.Management;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Management;

public sealed class ClientStoreTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("trustrpc-test-");
    private readonly List<string> _repaired = [];

    public static TheoryData<string> Rules => ClientStoreContract.Rules;

    private string Path => System.IO.Path.Combine(_directory.FullName, "made", "clients.jsonl");

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Rules))]
    public Task The_store_in_memory_keeps_the_rule(string rule)
    {
        MemoryClientStore store = new();
        return ClientStoreContract.CheckAsync(rule, () => store);
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public Task The_store_that_a_sample_shows_keeps_the_rule(string rule) => ClientStoreContract.CheckAsync(rule, () => new JsonClientStore(System.IO.Path.Combine(_directory.FullName, "clients.json")));

    [Theory]
    [MemberData(nameof(Rules))]
    public Task The_store_in_a_file_keeps_the_rule(string rule) => ClientStoreContract.CheckAsync(rule, Open);

    [Fact]
    public async Task A_directory_that_is_made_for_the_file_is_its_owners_alone()
    {
        if (OperatingSystem.IsWindows())
            return;
        await using FileClientStore store = Open();
        await store.OpenAsync();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(System.IO.Path.GetDirectoryName(Path)!));
    }

    [Fact]
    public async Task A_file_that_is_cut_off_at_any_byte_opens_with_every_complete_line_and_goes_on()
    {
        await using (FileClientStore store = Open())
        {
            await store.OpenAsync();
            for (int i = 0; i < 4; i++)
                await store.SaveAsync([ClientStoreContract.Client($"{i}", $"Zoë {i} \U0001F600", online: false)]);
        }

        byte[] whole = await File.ReadAllBytesAsync(Path);
        for (int cut = 0; cut <= whole.Length; cut++)
        {
            await File.WriteAllBytesAsync(Path, whole[..cut]);
            _repaired.Clear();
            int complete = whole.AsSpan(0, cut).Count((byte)'\n');
            bool torn = cut > 0 && whole[cut - 1] != '\n';
            await using (FileClientStore store = Open())
            {
                await store.OpenAsync();
                ClientPage page = await store.ListAsync(new ClientQuery());
                Assert.Equal(Enumerable.Range(0, complete).Select(i => $"{i}"), page.Clients.Select(client => client.Uuid));
                await store.SaveAsync([ClientStoreContract.Client("new", "new", online: false)]);
            }

            Assert.Equal(torn ? 1 : 0, _repaired.Count);
            Assert.All(_repaired, text => Assert.Contains("cut off", text, StringComparison.Ordinal));
            await using FileClientStore again = Open();
            await again.OpenAsync();
            Assert.Equal(complete + 1, (await again.ListAsync(new ClientQuery())).Total);
            Assert.Equal(torn ? 1 : 0, _repaired.Count);
        }
    }

    [Fact]
    public async Task A_store_that_is_opened_again_knows_what_the_file_says_and_nothing_of_what_it_knew_before()
    {
        FileClientStore store = Open();
        await store.OpenAsync();
        await store.SaveAsync([ClientStoreContract.Client("~1", "one"), ClientStoreContract.Client("2", "two"), ClientStoreContract.Client("3", "three")]);
        await store.DisposeAsync();
        await using (FileClientStore other = Open())
        {
            await other.OpenAsync();
            await other.RemoveAsync(["2"]);
        }

        await store.OpenAsync();

        ClientPage page = await store.ListAsync(new ClientQuery());
        Assert.Equal("3", Assert.Single(page.Clients).Uuid);
        await store.DisposeAsync();
    }

    [Theory]
    [InlineData("nonsense\n")]
    [InlineData("{\"uuid\":\"1\"}\n")]
    [InlineData("\n")]
    [InlineData("{\"uuid\":\"\",\"name\":\"x\",\"ip_address\":\"\",\"endpoint\":\"\",\"transport\":\"\",\"online\":true,\"connected_at\":0,\"last_seen\":0}\n")]
    public async Task A_file_that_something_else_has_changed_is_left_alone(string line)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        await File.WriteAllTextAsync(Path, line + "{}");
        FileClientStore store = Open();

        IOException e = await Assert.ThrowsAsync<IOException>(() => store.OpenAsync().AsTask());

        Assert.Contains("Line 1 of", e.Message, StringComparison.Ordinal);
        Assert.Equal(line + "{}", await File.ReadAllTextAsync(Path));
    }

    [Fact]
    public async Task A_line_without_end_is_given_up_before_it_fills_the_memory()
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        await File.WriteAllTextAsync(Path, new string('x', 200_000));

        await Assert.ThrowsAsync<IOException>(() => Open().OpenAsync().AsTask());
    }

    [Fact]
    public async Task Members_of_a_later_version_are_skipped()
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        await File.WriteAllTextAsync(Path, """{"uuid":"1","name":"one","colour":{"is":"blue"},"ip_address":"","endpoint":"","transport":"tcp","online":true,"connected_at":5,"last_seen":6}""" + "\n");
        await using FileClientStore store = Open();

        await store.OpenAsync();

        Assert.Equal((false, 6), ((await store.FindAsync("1"))!.Online, (await store.FindAsync("1"))!.LastSeen.ToUnixTimeMilliseconds()));
    }

    [Fact]
    public async Task The_file_is_written_anew_when_most_of_its_lines_are_outdated()
    {
        await using (FileClientStore store = Open())
        {
            await store.OpenAsync();
            for (int i = 0; i < 5000; i++)
                await store.SaveAsync([ClientStoreContract.Client("1", "one", second: i), ClientStoreContract.Client("2", "two")]);
        }

        Assert.InRange((await File.ReadAllLinesAsync(Path)).Length, 2, 1010);
        await using FileClientStore again = Open();
        await again.OpenAsync();
        Assert.Equal(ClientStoreContract.Client("1", "one", online: false, second: 4999), await again.FindAsync("1"));
        Assert.Equal(2, (await again.ListAsync(new ClientQuery())).Total);
        Assert.False(File.Exists(Path + ".new"));
    }

    [Fact]
    public async Task What_was_left_of_an_attempt_to_write_it_anew_does_no_harm()
    {
        await using (FileClientStore store = Open())
        {
            await store.OpenAsync();
            await store.SaveAsync([ClientStoreContract.Client("1", "one")]);
        }

        await File.WriteAllBytesAsync(Path + ".new", Encoding.UTF8.GetBytes("{\"uuid\":\"2"));
        await using FileClientStore again = Open();
        await again.OpenAsync();
        for (int i = 0; i < 2000; i++)
            await again.SaveAsync([ClientStoreContract.Client("1", "one", second: i)]);

        Assert.Equal(1, (await again.ListAsync(new ClientQuery())).Total);
        Assert.False(File.Exists(Path + ".new"));
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_anew_is_added_to_and_says_so_now_and_then_until_it_can_be()
    {
        await using FileClientStore store = Open();
        await store.OpenAsync();
        Directory.CreateDirectory(Path + ".new");
        for (int i = 0; i < 3500; i++)
            await store.SaveAsync([ClientStoreContract.Client("1", "one", second: i)]);
        int longest = (await File.ReadAllLinesAsync(Path)).Length;
        int told = _repaired.Count;
        Directory.Delete(Path + ".new");
        for (int i = 3500; i < 5000; i++)
            await store.SaveAsync([ClientStoreContract.Client("1", "one", second: i)]);

        Assert.Equal((3500, 3), (longest, told));
        Assert.All(_repaired, text => Assert.Contains("could not be written anew", text, StringComparison.Ordinal));
        Assert.InRange((await File.ReadAllLinesAsync(Path)).Length, 1, 1010);
        Assert.Equal(ClientStoreContract.Client("1", "one", second: 4999), await store.FindAsync("1"));
    }

    [UnixFact]
    public async Task What_a_write_that_failed_has_left_is_cut_off_by_the_next()
    {
        await using (FileClientStore store = Open())
        {
            await store.OpenAsync();
            await store.SaveAsync([ClientStoreContract.Client("1", "one")]);
            using (Process left = Process.Start("sh", ["-c", $"printf '{{\"uuid\":' >> '{Path}'"]))
                await left.WaitForExitAsync();
            await store.SaveAsync([ClientStoreContract.Client("2", "two")]);
        }

        await using FileClientStore again = Open();
        await again.OpenAsync();

        Assert.Equal(2, (await again.ListAsync(new ClientQuery())).Total);
        Assert.Empty(_repaired);
    }

    [UnixFact]
    public async Task A_file_behind_a_link_stays_there_with_its_rights_and_belongs_to_one_store_by_either_name()
    {
        if (OperatingSystem.IsWindows())
            return;
        const UnixFileMode groupReads = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        string link = System.IO.Path.Combine(_directory.FullName, "link.jsonl");
        await Open().DisposeAsync();
        File.CreateSymbolicLink(link, Path);
        await using FileClientStore store = new(link);
        await store.OpenAsync();
        UnixFileMode made = File.GetUnixFileMode(Path);
        File.SetUnixFileMode(Path, groupReads);

        for (int i = 0; i < 2000; i++)
            await store.SaveAsync([ClientStoreContract.Client("1", "one", second: i)]);

        Assert.Equal((UnixFileMode.UserRead | UnixFileMode.UserWrite, groupReads), (made, File.GetUnixFileMode(Path)));
        Assert.Equal(Path, new FileInfo(link).LinkTarget);
        Assert.InRange((await File.ReadAllLinesAsync(Path)).Length, 1, 1010);
        await Assert.ThrowsAsync<IOException>(() => Open().OpenAsync().AsTask());
    }

    [UnixFact]
    public async Task A_file_that_this_user_may_not_write_to_is_an_error_that_says_so()
    {
        if (OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess)
            return;
        await using (FileClientStore store = Open())
            await store.OpenAsync();
        File.SetUnixFileMode(Path, UnixFileMode.UserRead);

        IOException e = await Assert.ThrowsAsync<IOException>(() => Open().OpenAsync().AsTask());

        Assert.Contains("this user may not write to it", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_belongs_to_one_store_at_a_time()
    {
        await using FileClientStore first = Open();
        await first.OpenAsync();

        IOException e = await Assert.ThrowsAsync<IOException>(() => Open().OpenAsync().AsTask());

        Assert.Contains("another server has it", e.Message, StringComparison.Ordinal);
        await first.DisposeAsync();
        await using FileClientStore second = Open();
        await second.OpenAsync();
    }

    [Theory]
    [InlineData("", "ok")]
    [InlineData("ok", "")]
    [InlineData("a\nb", "ok")]
    [InlineData("ok", "a\u0007b")]
    public void Names_that_are_none_are_refused(string uuid, string name)
    {
        Assert.Throws<ArgumentException>(() => new KnownClient { Uuid = uuid, Name = name });
        Assert.Throws<ArgumentException>(() => new KnownClient { Uuid = new string('x', 129), Name = "ok" });
        Assert.Throws<ArgumentException>(() => new KnownClient { Uuid = "ok", Name = "ok", IpAddress = "a\rb" });
    }

    [Theory]
    [InlineData("clients; DROP TABLE x")]
    [InlineData("")]
    [InlineData("1st")]
    [InlineData("a.b.c")]
    [InlineData("\"clients\"")]
    public void The_name_of_a_table_is_checked_because_it_stands_in_the_statements(string table)
        => Assert.Throws<ArgumentException>(() => new DatabaseClientStore(new NoDatabase(), table));

    private FileClientStore Open() => new(Path, _repaired.Add);

    private sealed class NoDatabase : System.Data.Common.DbDataSource
    {
        public override string ConnectionString => "";

        protected override System.Data.Common.DbConnection CreateDbConnection() => throw new NotSupportedException();
    }
}
