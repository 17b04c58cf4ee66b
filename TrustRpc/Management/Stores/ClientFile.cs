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

    /// <summary>Names and addresses of clients are nobody else's business, unless the file's owner says so.</summary>
    private const UnixFileMode OwnerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _path;
    private readonly FileStream _lock;
    private FileStream? _file;
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
        // What a link leads to is the file: written anew in the place of the link it would lie elsewhere from then on.
        path = new FileInfo(path) is { LinkTarget: not null } link ? link.ResolveLinkTarget(returnFinalTarget: true)!.FullName : path;
        FileStream? @lock = null;
        FileStream? stream = null;
        try
        {
            @lock = Lock(path);
            stream = OpenFile(path, FileMode.OpenOrCreate, FileShare.Read);
            ClientFile file = new(path, @lock, stream);
            file.ReadAll(stream, read, removed, repaired);
            return file;
        }
        catch (Exception e)
        {
            stream?.Dispose();
            @lock?.Dispose();
            throw e is UnauthorizedAccessException ? new IOException($"The file of clients {path} cannot be used: this user may not write to it, or to its directory. {e.Message}", e) : e;
        }
    }

    /// <summary>Appends lines, in one write: after it the system has them, whatever becomes of this process.</summary>
    public void Append(ReadOnlySpan<byte> lines, int count)
    {
        FileStream file = _file ??= OpenFile(_path, FileMode.Open, FileShare.Read);

        // A disk that was full may have taken a part of what was written last: this must not be behind half a line.
        if (file.Length > _end)
        {
            file.SetLength(_end);
        }

        file.Position = file.Length;
        file.Write(lines);
        file.Flush();
        _end = file.Position;
        Lines += count;
    }

    /// <summary>Puts a file with these clients alone in place of this one.</summary>
    /// <exception cref="IOException">It could not be written; this one is as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public void Rewrite(IReadOnlyList<KnownClient> clients)
    {
        string beside = _path + ".new";
        FileStream fresh = OpenFile(beside, FileMode.Create, FileShare.Read | FileShare.Delete);
        try
        {
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(fresh.SafeFileHandle, File.GetUnixFileMode(_path));
            }

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
            long length = fresh.Length;
            Replace(beside, fresh);
            _end = length;
        }
        catch
        {
            fresh.Dispose();
            File.Delete(beside);
            throw;
        }

        Lines = clients.Count;
    }

    public void Dispose()
    {
        _file?.Dispose();
        _lock.Dispose();
    }

    // Windows puts nothing in the place of a file that is open: whichever is there then is opened by the next append. Elsewhere the new one is this very file.
    private void Replace(string beside, FileStream fresh)
    {
        if (OperatingSystem.IsWindows())
        {
            fresh.Dispose();
            _file?.Dispose();
            _file = null;
            File.Move(beside, _path, overwrite: true);
            return;
        }

        File.Move(beside, _path, overwrite: true);
        _file?.Dispose();
        _file = fresh;
    }

    private static FileStream OpenFile(string path, FileMode mode, FileShare share)
    {
        FileStreamOptions options = new() { Mode = mode, Access = FileAccess.ReadWrite, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows() && mode != FileMode.Open)
        {
            options.UnixCreateMode = OwnerAlone;
        }

        return new FileStream(path, options);
    }

    // What is there stays as it is.
    private static void MakeDirectory(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, OwnerAlone | UnixFileMode.UserExecute);
        }
    }

    private static FileStream Lock(string path)
    {
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { Length: > 0 } directory)
            {
                MakeDirectory(directory);
            }

            return OpenFile(path + ".lock", FileMode.OpenOrCreate, FileShare.None);
        }
        catch (PathTooLongException e)
        {
            throw new IOException($"The file of clients {path} cannot be used: its path, or a name in it, is too long.", e);
        }
        catch (IOException e)
        {
            throw new IOException($"The file of clients {path} cannot be used: another server has it, or its directory cannot be written to. {e.Message}", e);
        }
    }

    private void ReadAll(FileStream file, Action<KnownClient> read, Action<string> removed, Action<string> repaired)
    {
        byte[] buffer = new byte[Chunk];
        int kept = 0;
        long lineStart = 0;
        int length;
        while ((length = file.Read(buffer, kept, buffer.Length - kept)) > 0)
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
            file.SetLength(lineStart);
            repaired($"The last line of {_path} was not complete, as after a crash: {kept} bytes were cut off.");
        }

        _end = file.Length;
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
