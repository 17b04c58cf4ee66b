using TrustRpc.Management;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Unit.Management;

public sealed class ClientSaverTests
{
    [Fact]
    public async Task What_waits_for_a_store_that_fails_is_bounded_and_whoever_is_connected_is_among_it()
    {
        const int passing = 30_000;
        RecordingStore store = new() { Fails = true };
        ManualTimeProvider clock = new();
        await using ClientSaver saver = new(new ManagementOptions { TimeProvider = clock, MaxKnownClients = 5 }.Checked(), store, _ => { });
        saver.Open();
        for (int i = 0; i < passing; i++)
            saver.Remove($"~{i}");
        saver.Save(ClientStoreContract.Client("stays", "stays"), soon: true);
        await Assert.ThrowsAsync<IOException>(() => saver.FindAsync("stays", CancellationToken.None).AsTask().InTime());

        store.Fails = false;

        Assert.NotNull(await saver.FindAsync("stays", CancellationToken.None).AsTask().InTime());
        Assert.InRange(store.Removed, 10_000, 10_001);
    }

    private sealed class RecordingStore : IClientStore
    {
        private readonly MemoryClientStore _store = new();

        public volatile bool Fails;

        public int Removed { get; private set; }

        public ValueTask OpenAsync(CancellationToken cancellationToken = default) => Fails ? throw new IOException("not yet") : _store.OpenAsync(cancellationToken);

        public ValueTask SaveAsync(IReadOnlyCollection<KnownClient> clients, CancellationToken cancellationToken = default) => _store.SaveAsync(clients, cancellationToken);

        public ValueTask RemoveAsync(IReadOnlyCollection<string> uuids, CancellationToken cancellationToken = default)
        {
            Removed += uuids.Count;
            return _store.RemoveAsync(uuids, cancellationToken);
        }

        public ValueTask<KnownClient?> FindAsync(string uuid, CancellationToken cancellationToken = default) => _store.FindAsync(uuid, cancellationToken);

        public ValueTask<ClientPage> ListAsync(ClientQuery query, CancellationToken cancellationToken = default) => _store.ListAsync(query, cancellationToken);

        public ValueTask<IReadOnlyList<KnownClient>> ListLongestGoneAsync(int count, CancellationToken cancellationToken = default) => _store.ListLongestGoneAsync(count, cancellationToken);

        public ValueTask DisposeAsync() => _store.DisposeAsync();
    }
}
