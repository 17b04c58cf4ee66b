using System.Net.Sockets;
using System.Text;

namespace TrustRpc.Transports;

/// <summary>What a path must be for a Unix socket to be made there.</summary>
internal static class UnixSocketPath
{
    // What opening a socket's file fails with: ERROR_CANT_ACCESS_FILE on Windows, where it is a reparse point; ENXIO on Linux; EOPNOTSUPP on macOS and FreeBSD.
    private const int CannotAccessFile = unchecked((int)0x80070780);
    private const int NoSuchDevice = 6;
    private const int NotSupportedOnMacOS = 102;
    private const int NotSupportedOnFreeBsd = 45;

    private const string AnotherServer = "another server listens there. Stop it, or choose another path.";

    // sockaddr_un: sun_path has 108 bytes on Linux and Windows, 104 on the BSDs and macOS, one of them for the final zero.
    private static readonly int LongestPath = OperatingSystem.IsLinux() || OperatingSystem.IsWindows() || OperatingSystem.IsAndroid() ? 107 : 103;

    /// <summary>What to say, behind the endpoint, of a path that does not fit into a socket address; null where it does.</summary>
    public static string? WhyTooLong(RpcEndpoint endpoint, string path)
    {
        int length = Encoding.UTF8.GetByteCount(path);
        string which = endpoint.ToString().EndsWith(path, StringComparison.Ordinal) ? "its path" : $"the path {path}";
        return length <= LongestPath ? null
            : $"{which} has {length} bytes, and a socket's path can have {LongestPath} at most. Choose a shorter one.";
    }

    /// <summary>The file that a server locks for as long as it listens.</summary>
    public static string LockOf(string path) => path + ".lock";

    /// <summary>What to say where this user may not make the files that a socket needs.</summary>
    public static string WhyDenied(string path)
        => File.Exists(LockOf(path))
            ? $"permission denied; the server of another user listens there, or did ({LockOf(path)} is that user's). Choose another path or name."
            : $"permission denied; this user may not make files in {Path.GetDirectoryName(path)}. Choose another path, or have the directory made over to this user.";

    /// <summary>
    /// Servers of this library hold the lock; this finds the others, and files that are no sockets. A socket's file is replaced only where it is known that nobody listens behind it: whatever else the
    /// system says, the path is refused with that.
    /// </summary>
    /// <exception cref="RpcConnectionException">Somebody listens there or may do, or the path is no socket's.</exception>
    public static void RefuseUnlessFree(RpcEndpoint endpoint, string path)
    {
        SocketException? said = Probe(path);
        if (WhyTaken(said, path) is { } reason)
            throw TransportError.CannotListen(endpoint, reason, said);
    }

    /// <summary>What to say of a path after a connect to it; null where it is known to be free.</summary>
    /// <param name="e">How the connect failed; null = it did not.</param>
    /// <param name="path">The path.</param>
    internal static string? WhyTaken(SocketException? e, string path) => e?.SocketErrorCode switch
    {
        null or SocketError.WouldBlock or SocketError.ProtocolType => AnotherServer, // The last: a live one for datagrams, a system's log say.
        SocketError.AccessDenied => "permission denied; the socket file there belongs to another user.",
        _ when IsOtherFile(path) => "the path is a file that is no socket; it is left alone.",
        SocketError.ConnectionRefused => null, // A socket without a listener.
        SocketError.AddressNotAvailable when !OperatingSystem.IsWindows() => null, // ENOENT: no such file, or no more.
        _ when OperatingSystem.IsWindows() && !Path.Exists(path) => null, // What Windows says of a missing file is not documented.
        _ => $"whether somebody listens there cannot be found out: {TransportError.Sentence(e!)} Remove the file if it is left over, or choose another path.",
    };

    /// <summary>Whether there is a file that is no socket.</summary>
    public static bool IsOtherFile(string path) => File.Exists(path) && !IsSocket(path);

    /// <summary>A free name in the same directory, no longer than the system allows where <paramref name="path"/> is not.</summary>
    public static string NameAside(string path)
    {
        string directory = Path.GetDirectoryName(path)!;
        int room = LongestPath - Encoding.UTF8.GetByteCount(directory) - 1;
        return Path.Combine(directory, Path.GetRandomFileName()[..Math.Min(8, room)]);
    }

    public static RpcConnectionException InUse(RpcEndpoint endpoint)
        => TransportError.CannotListen(endpoint, AnotherServer);

    // Null = somebody has taken the connection.
    private static SocketException? Probe(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            // A live server whose queue is full must not hold this one up. Windows refuses then, and says of every connect that does not block that it would.
            socket.Blocking = OperatingSystem.IsWindows();
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return null;
        }
        catch (SocketException e)
        {
            return e;
        }
    }

    /// <summary>A socket cannot be opened as a file, and the system says so in words that it has for little else. Opened for writing, because that alone does not wait on a FIFO.</summary>
    private static bool IsSocket(string path)
    {
        try
        {
            File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete).Dispose();
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return true; // Removed in this moment; it is in nobody's way.
        }
        catch (IOException e)
        {
            // Any other reason, such as a program that runs or a file that is locked, is one of a file that must not be touched.
            return e.HResult is CannotAccessFile or NoSuchDevice or NotSupportedOnMacOS or NotSupportedOnFreeBsd;
        }
    }
}
