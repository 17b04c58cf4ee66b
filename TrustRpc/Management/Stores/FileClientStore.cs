using System.Buffers;

namespace TrustRpc.Management;

/// <summary>
/// Keeps the clients in a file, one line of JSON each, and in memory besides: pages cost no reading. Every change is appended in one write, so a process that is killed at any moment loses
/// nothing that was saved and leaves a file that opens again; a machine that loses its power may lose the last seconds. The file is written anew when most of its lines are outdated. For one server at a time.
/// Thread-safe.
/// </summary>
/// <param name="path">
/// The file; it and its directory are made where they do not exist, on Unix the file for this user alone. A file of the same name with <c>.lock</c> behind it keeps other servers away. Where it is a link, what that
/// leads to is the file.
/// </param>
/// <param name="repaired">
/// Is told what was wrong with the file and has been repaired, while the store is opened, and later that the file could not be written anew, which does no harm but that it grows; one sentence at a time. Null = nobody.
/// </param>
public sealed class FileClientStore(string path, Action<string>? repaired = null) : IClientStore
{
    /// <summary>Below so many outdated lines a file is not worth being written anew.</summary>
    private const int FewLines = 1000;

    private readonly ClientIndex _clients = new();
    private readonly Lock _gate = new();
    private ClientFile? _file;
    private int _longAt;

    /// <summary>The file.</summary>
    public string Path { get; } = path ?? throw new ArgumentNullException(nameof(path));

    /// <inheritdoc/>
    /// <exception cref="IOException">Another server has the file, it cannot be written to, or it is damaged otherwise than by a crash; the message says what to do. Nothing was changed then.</exception>
    public ValueTask OpenAsync(CancellationToken cancellationToken = default)
    {
        List<string> problems = [];
        try
        {
            Open(problems);
        }
        finally
        {
            Tell(problems);
        }

        return default;
    }

    private void Open(List<string> problems)
    {
        lock (_gate)
        {
            if (_file is not null)
            {
                return;
            }

            Dictionary<string, KnownClient> found = new(StringComparer.Ordinal);
            ClientFile file = ClientFile.Open(Path, client => found[client.Uuid] = client, uuid => found.Remove(uuid), problems.Add);
            try
            {
                string[] temporary = [.. found.Values.Where(client => client.IsTemporary).Select(client => client.Uuid)];
                foreach (string uuid in temporary)
                {
                    found.Remove(uuid);
                }

                KnownClient[] online = [.. found.Values.Where(client => client.Online).Select(client => client with { Online = false })];
                foreach (KnownClient client in online)
                {
                    found[client.Uuid] = client;
                }

                // A store that was open before may know clients that another process has removed since.
                _clients.Clear();
                _clients.Save([.. found.Values]);
                Append(file, temporary, ClientLine.WriteRemoved);
                Append(file, online, ClientLine.Write);
                Compact(file, problems);
                _file = file;
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The file cannot be written to. What was asked for is not saved, and nothing else is lost.</exception>
    public ValueTask SaveAsync(IReadOnlyCollection<KnownClient> clients, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(clients);
        KnownClient[] saved = [.. clients];
        List<string> problems = [];
        lock (_gate)
        {
            ClientFile file = _file ?? throw new ObjectDisposedException(nameof(FileClientStore), "The store is not open.");
            Append(file, saved, ClientLine.Write);
            _clients.Save(saved);
            Compact(file, problems);
        }

        Tell(problems);
        return default;
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The file cannot be written to. Nothing was removed.</exception>
    public ValueTask RemoveAsync(IReadOnlyCollection<string> uuids, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(uuids);
        string[] removed = [.. uuids];
        List<string> problems = [];
        lock (_gate)
        {
            ClientFile file = _file ?? throw new ObjectDisposedException(nameof(FileClientStore), "The store is not open.");
            string[] known = Array.FindAll(removed, uuid => _clients.Find(uuid) is not null);
            Append(file, known, ClientLine.WriteRemoved);
            _clients.Remove(known);
            Compact(file, problems);
        }

        Tell(problems);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<KnownClient?> FindAsync(string uuid, CancellationToken cancellationToken = default) => new(_clients.Find(uuid));

    /// <inheritdoc/>
    public ValueTask<ClientPage> ListAsync(ClientQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        return new(_clients.List(query));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<KnownClient>> ListLongestGoneAsync(int count, CancellationToken cancellationToken = default) => new(_clients.LongestGone(count));

    /// <summary>Closes the file.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _file?.Dispose();
            _file = null;
        }

        return default;
    }

    // Not under the lock: whoever is told may use the store.
    private void Tell(List<string> problems)
    {
        if (repaired is not null)
        {
            problems.ForEach(repaired);
        }
    }

    private static void Append<T>(ClientFile file, IReadOnlyCollection<T> changes, Action<ArrayBufferWriter<byte>, T> write)
    {
        if (changes.Count == 0)
        {
            return;
        }

        ArrayBufferWriter<byte> buffer = new(256 * changes.Count);
        foreach (T change in changes)
        {
            write(buffer, change);
        }

        file.Append(buffer.WrittenSpan, changes.Count);
    }

    // Half of the lines at least are outdated then: what is written anew was paid for by as many changes.
    private void Compact(ClientFile file, List<string> problems)
    {
        if (file.Lines <= Math.Max(_longAt, FewLines + (2 * _clients.Count)))
        {
            return;
        }

        try
        {
            file.Rewrite(_clients.All);
            _longAt = 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What was asked for has been saved. Not with every change from now on: it costs as much each time.
            _longAt = file.Lines + FewLines + _clients.Count;
            problems.Add($"{Path} has {file.Lines} lines for {_clients.Count} clients and could not be written anew, which is tried again at {_longAt} lines: {e.Message}");
        }
    }
}
