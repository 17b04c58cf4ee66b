using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace TrustRpc.Transports;

/// <summary>Unix user ids as the kernel tells them.</summary>
internal static partial class UnixUser
{
    /// <summary>The effective user of this process; only on Unix.</summary>
    public static uint OfThisProcess => EffectiveUser();

    /// <summary>The user at the other end of a Unix socket; null where the system has no way to tell that is known here.</summary>
    public static uint? OfPeer(Socket socket)
    {
        try
        {
            return OperatingSystem.IsLinux() ? OfPeerOnLinux(socket)
                : OperatingSystem.IsMacOS() || OperatingSystem.IsFreeBSD() ? OfPeerOnBsd(socket)
                : null;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <summary>unix(7): SO_PEERCRED gives <c>struct ucred { pid, uid, gid }</c> of the moment of connect (server's side) or listen (client's side).</summary>
    private static uint? OfPeerOnLinux(Socket socket)
    {
        const int SolSocket = 1, SoPeerCred = 17;
        Span<byte> credentials = stackalloc byte[12];
        return socket.GetRawSocketOption(SolSocket, SoPeerCred, credentials) == 12 ? MemoryMarshal.Read<uint>(credentials[4..]) : null;
    }

    /// <summary>unix(4): LOCAL_PEERCRED gives <c>struct xucred</c>, which begins with a version (0) and the uid.</summary>
    private static uint? OfPeerOnBsd(Socket socket)
    {
        const int SolLocal = 0, LocalPeerCred = 1;
        Span<byte> credentials = stackalloc byte[128];
        return socket.GetRawSocketOption(SolLocal, LocalPeerCred, credentials) >= 8 && MemoryMarshal.Read<uint>(credentials) == 0
            ? MemoryMarshal.Read<uint>(credentials[4..])
            : null;
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial uint EffectiveUser();
}
