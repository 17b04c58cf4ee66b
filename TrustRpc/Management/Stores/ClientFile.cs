using System.Buffers;

namespace TrustRpc.Management;

/// <summary>
/// The lines of a file of clients: a later line for an id replaces an earlier one, or takes it away. Appended to, and now and then written anew beside the old one and put in its place at once. Not thread-safe.
/// </summary>
/// <remarks>
/// A process that is killed while it appends leaves a line without its end, or a part of one, and nothing else: the last line is cut off when the file is opened. One that is killed while it writes the
/// file anew leaves the old one, complete, and a file beside it that the next one overwrites.
/// </remarks>
internal sealed class ClientFile : IDisposable
{
    private const int Chunk = 64 * 1024;

    private readonly string _path;
    private readonly FileStream _lock;
    private FileStream _file;
    private long _end;

    private ClientFile(string path, FileStream @lock, FileStream file) => (_path, _lock, _file) = (path, @lock, file);

    /// <summary>Lines in the file, those included that later ones replace.</summary>
    public int Lines { get; private set; }

    /// <summary>Opens or makes the file, for this process alone, and reads its lines.</summary>
    /// <param name="path">The file.</param>
    /// <param name="read">Gets each client, in order.</param>
    /// <param name="removed">Gets the id of each that is not there any more, in order with them.</param>
    /// <param name="repaired">Gets a sentence for each thing that was wrong.</param>
    /// <exception cref="IOException">Another process has it, or it is damaged in the middle.</exception>
    public static ClientFile Open(string path, Action<KnownClient> read, Action<string> removed, Action<string> repaired)
    {
        FileStream @lock = Lock(path);
        try
        {
            FileStream stream = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 1);
            ClientFile file = new(path, @lock, stream);
            try
            {
                file.ReadAll(read, removed, repaired);
                return file;
            }
            catch
            {
                stream.Dispose();
                throw;
            }
        }
        catch
        {
            @lock.Dispose();
            throw;
        }
    }

    /// <summary>Appends lines, in one write: after it the system has them, whatever becomes of this process.</summary>
    public void Append(ReadOnlySpan<byte> lines, int count)
    {
        // A disk that was full may have taken a part of what was written last: this must not be behind half a line.
        if (_file.Length > _end)
        {
            _file.SetLength(_end);
        }

        _file.Position = _file.Length;
        _file.Write(lines);
        _file.Flush();
        _end = _file.Position;
        Lines += count;
    }

    /// <summary>Puts a file with these clients alone in place of this one.</summary>
    /// <exception cref="IOException">It could not be written; this one is as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public void Rewrite(IReadOnlyList<KnownClient> clients)
    {
        string beside = _path + ".new";
        FileStream fresh = new(beside, FileMode.Create, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, bufferSize: 1);
        try
        {
            ArrayBufferWriter<byte> buffer = new(2 * Chunk);
            foreach (KnownClient client in clients)
            {
                ClientLine.Write(buffer, client);
                if (buffer.WrittenCount >= Chunk)
                {
                    fresh.Write(buffer.WrittenSpan);
                    buffer.ResetWrittenCount();
                }
            }

            fresh.Write(buffer.WrittenSpan);
            fresh.Flush(flushToDisk: true);
            Replace(beside, fresh);
        }
        catch
        {
            fresh.Dispose();
            File.Delete(beside);
            throw;
        }

        _end = _file.Length;
        Lines = clients.Count;
    }

    public void Dispose()
    {
        _file.Dispose();
        _lock.Dispose();
    }

    // Windows puts nothing in the place of a file that is open; elsewhere the new one is this very file.
    private void Replace(string beside, FileStream fresh)
    {
        if (OperatingSystem.IsWindows())
        {
            fresh.Dispose();
            _file.Dispose();
            try
            {
                File.Move(beside, _path, overwrite: true);
            }
            finally
            {
                _file = new FileStream(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, bufferSize: 1);
            }

            return;
        }

        File.Move(beside, _path, overwrite: true);
        _file.Dispose();
        _file = fresh;
    }

    private static FileStream Lock(string path)
    {
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { Length: > 0 } directory)
            {
                Directory.CreateDirectory(directory);
            }

            return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
        }
        catch (IOException e)
        {
            throw new IOException($"The file of clients {path} cannot be used: another server has it, or its directory cannot be written to. {e.Message}", e);
        }
    }

    private void ReadAll(Action<KnownClient> read, Action<string> removed, Action<string> repaired)
    {
        byte[] buffer = new byte[Chunk];
        int kept = 0;
        long lineStart = 0;
        int length;
        while ((length = _file.Read(buffer, kept, buffer.Length - kept)) > 0)
        {
            int start = 0;
            int end = kept + length;
            while (buffer.AsSpan(start, end - start).IndexOf((byte)'\n') is >= 0 and var at)
            {
                Take(buffer.AsSpan(start, at), read, removed);
                lineStart += at + 1;
                start += at + 1;
            }

            kept = end - start;
            if (kept > ClientLine.Longest)
            {
                throw Damaged(Lines + 1);
            }

            buffer.AsSpan(start, kept).CopyTo(buffer);
        }

        if (kept > 0)
        {
            _file.SetLength(lineStart);
            repaired($"The last line of {_path} was not complete, as after a crash: {kept} bytes were cut off.");
        }

        _end = _file.Length;
    }

    private void Take(ReadOnlySpan<byte> line, Action<KnownClient> read, Action<string> removed)
    {
        Lines++;
        switch (ClientLine.Read(line))
        {
            case ({ } client, _):
                read(client);
                break;
            case (_, { } uuid):
                removed(uuid);
                break;
            default:
                throw Damaged(Lines);
        }
    }

    private IOException Damaged(int line)
        => new($"Line {line} of {_path} is no client, although lines follow: the file was changed by something else. Repair or remove it; nothing was overwritten.");
}
