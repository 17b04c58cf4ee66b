using System.Text;
using System.Text.Json;
using TrustRpc.Management;

/// <summary>Clients in one file, an array of JSON that is written anew with every change: for some hundreds of them.</summary>
internal sealed class JsonClientStore(string path) : IClientStore
{
    // The order of pages: by UTF-8, which is that of the characters' numbers.
    private static readonly Comparer<string> ByCharacter = Comparer<string>.Create(
        static (a, b) => Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b)));

    // Replaced as a whole, because pages are asked for while clients are saved.
    private volatile Dictionary<string, KnownClient> _clients = [];

    public async ValueTask OpenAsync(CancellationToken cancellationToken = default)
    {
        KnownClient[] found = File.Exists(path) ? JsonSerializer.Deserialize<KnownClient[]>(await File.ReadAllBytesAsync(path, cancellationToken))! : [];

        // Nobody is connected to a server that starts, and those without an id of their own never come back.
        await WriteAsync(found.Where(client => !client.IsTemporary).ToDictionary(client => client.Uuid, client => client with { Online = false }), cancellationToken);
    }

    public ValueTask SaveAsync(IReadOnlyCollection<KnownClient> clients, CancellationToken cancellationToken = default)
    {
        Dictionary<string, KnownClient> changed = new(_clients);
        foreach (KnownClient client in clients)
        {
            changed[client.Uuid] = client;
        }

        return WriteAsync(changed, cancellationToken);
    }

    public ValueTask RemoveAsync(IReadOnlyCollection<string> uuids, CancellationToken cancellationToken = default)
        => WriteAsync(_clients.Values.ExceptBy(uuids, client => client.Uuid).ToDictionary(client => client.Uuid), cancellationToken);

    public ValueTask<KnownClient?> FindAsync(string uuid, CancellationToken cancellationToken = default) => new(_clients.GetValueOrDefault(uuid));

    public ValueTask<ClientPage> ListAsync(ClientQuery query, CancellationToken cancellationToken = default)
    {
        KnownClient[] all =
        [
            .. _clients.Values
                .Where(client => client.Online == (query.Online ?? client.Online) && client.Name.Contains(query.NameContains ?? "", StringComparison.OrdinalIgnoreCase))
                .OrderBy(client => client.Name, ByCharacter)
                .ThenBy(client => client.Uuid, ByCharacter),
        ];
        return new(new ClientPage([.. all.Skip(query.Skip).Take(query.Take)], all.Length));
    }

    public ValueTask<IReadOnlyList<KnownClient>> ListLongestGoneAsync(int count, CancellationToken cancellationToken = default)
        => new([.. _clients.Values.Where(client => !client.Online).OrderBy(client => client.LastSeen).ThenBy(client => client.Uuid, ByCharacter).Take(count)]);

    public ValueTask DisposeAsync() => default;

    // Beside the file and then in its place: whoever is killed meanwhile leaves the old one. What could not be written is not remembered either.
    private async ValueTask WriteAsync(Dictionary<string, KnownClient> clients, CancellationToken cancellationToken)
    {
        await File.WriteAllBytesAsync(path + ".new", JsonSerializer.SerializeToUtf8Bytes(clients.Values), cancellationToken);
        File.Move(path + ".new", path, overwrite: true);
        _clients = clients;
    }
}
