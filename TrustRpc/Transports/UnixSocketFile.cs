using System.Net.Sockets;

namespace TrustRpc.Transports;

/// <summary>
/// The file of a listening Unix socket: claims the path under a lock that lasts as long as the listener, so that of two servers one listens and
/// the other is told; replaces what a crash left behind; and removes at the end what is its own, never a successor's.
/// </summary>
internal sealed class UnixSocketFile : IDisposable
{
    public const UnixFileMode ForOwnerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public const UnixFileMode ForEveryone = ForOwnerAlone
        | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private const UnixFileMode DirectoryMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly RpcEndpoint _endpoint;
    private readonly string _path;
    private readonly FileLock _lock;
    private Socket? _socket;
    private DateTime _made;

    private UnixSocketFile(RpcEndpoint endpoint, string path, FileLock fileLock)
    {
        _endpoint = endpoint;
        _path = path;
        _lock = fileLock;
    }

    /// <summary>Locks the path and makes sure that nobody listens behind it.</summary>
    /// <exception cref="RpcConnectionException">The path is a live server's or cannot be used.</exception>
    public static UnixSocketFile Claim(RpcEndpoint endpoint, string path)
    {
        if (UnixSocketPath.WhyTooLong(endpoint, path) is { } why)
            throw TransportError.CannotListen(endpoint, why);
        try
        {
            MakeDirectory(Path.GetDirectoryName(path)!);
            if (Directory.Exists(path))
                throw TransportError.CannotListen(endpoint, "the path is a directory.");
            FileLock fileLock = FileLock.TryTake(UnixSocketPath.LockOf(path)) ?? throw UnixSocketPath.InUse(endpoint);
            return Claim(endpoint, path, fileLock);
        }
        catch (SocketException e)
        {
            throw TransportError.CannotListen(endpoint, e); // No descriptor is left to look who is there.
        }
        catch (UnauthorizedAccessException e)
        {
            throw TransportError.CannotListen(endpoint, UnixSocketPath.WhyDenied(path), e);
        }
        catch (FileNotFoundException e)
        {
            // The directory is there and takes no new file, which is all that was asked for: /proc and /sys are such.
            throw TransportError.CannotListen(endpoint, $"no file can be made in {Path.GetDirectoryName(path)}. Choose another path.", e);
        }
        catch (IOException e)
        {
            throw TransportError.CannotListen(endpoint, TransportError.Sentence(e), e);
        }
    }

    /// <summary>Makes the socket file and listens on it. The file is there only once it listens and only with its final mode.</summary>
    public Socket Listen(UnixFileMode mode, int backlog)
    {
        try
        {
            _socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            if (OperatingSystem.IsWindows())
                ListenInPlace(backlog);
            else
                ListenAsideAndMove(mode, backlog);
            _made = File.GetLastWriteTimeUtc(_path);
            return _socket;
        }
        catch (SocketException e)
        {
            throw TransportError.CannotListen(_endpoint, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw TransportError.CannotListen(_endpoint, TransportError.Sentence(e), e);
        }
    }

    public void Dispose()
    {
        if (IsStillOurs())
            TryDelete(_path);
        _socket?.Dispose();
        _lock.Dispose(); // Last: from here on a successor may make the path its own.
    }

    private static UnixSocketFile Claim(RpcEndpoint endpoint, string path, FileLock fileLock)
    {
        try
        {
            UnixSocketPath.RefuseUnlessFree(endpoint, path);
            return new UnixSocketFile(endpoint, path, fileLock);
        }
        catch
        {
            fileLock.Dispose();
            throw;
        }
    }

    private static void MakeDirectory(string directory)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(directory);
        else
            Directory.CreateDirectory(directory, DirectoryMode);
    }

    private void ListenInPlace(int backlog)
    {
        File.Delete(_path);
        _socket!.Bind(new UnixDomainSocketEndPoint(_path));
        _socket.Listen(backlog);
    }

    /// <summary>
    /// Before it listens nobody can connect, so the mode is set in time; the move replaces a stale file in one step. The runtime unlinks the path
    /// that was bound when the socket is disposed: that is the name aside, which is gone by then, so it can never be a successor's.
    /// </summary>
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private void ListenAsideAndMove(UnixFileMode mode, int backlog)
    {
        string aside = UnixSocketPath.NameAside(_path);
        _socket!.Bind(new UnixDomainSocketEndPoint(aside));
        try
        {
            File.SetUnixFileMode(aside, mode);
            _socket.Listen(backlog);
            File.Move(aside, _path, overwrite: true);
        }
        catch
        {
            TryDelete(aside);
            throw;
        }
    }

    /// <summary>Someone may have removed the file by hand, lock and all, and another server may have come since. A socket file's time never changes.</summary>
    private bool IsStillOurs() => _made != default && File.Exists(_path) && File.GetLastWriteTimeUtc(_path) == _made;

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Left behind; the next server replaces it.
        }
    }
}
