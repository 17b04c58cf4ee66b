using TrustRpc.Management;
using Xunit.Abstractions;

namespace TrustRpc.IntegrationTests;

/// <summary>The stores that need no database, by the same measure as those that do; what they keep to is tested beside the library.</summary>
public sealed class EmbeddedStoreTests(ITestOutputHelper output) : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("trustrpc-test-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task A_page_of_a_hundred_thousand_clients_is_right_and_its_time_is_printed()
    {
        await using MemoryClientStore memory = new();
        await PageTimes.PrintAsync(memory, "Memory", output);
        await using FileClientStore file = new(Path.Combine(_directory.FullName, "clients.jsonl"));
        await PageTimes.PrintAsync(file, "File", output);
    }
}
