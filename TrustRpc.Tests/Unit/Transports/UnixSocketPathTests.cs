using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using TrustRpc.Tests.Support;
using TrustRpc.Transports;

namespace TrustRpc.Tests.Unit.Transports;

/// <summary>What stands at a path is replaced only where it is known to be a socket without a listener; the errors here are the system's own.</summary>
public sealed partial class UnixSocketPathTests : IDisposable
{
    private readonly TransportKit _kit = new();

    public void Dispose() => _kit.Dispose();

    [Fact]
    public void A_path_without_a_file_is_free() => UnixSocketPath.RefuseUnlessFree(_kit.Unix(), _kit.Unix().Path!);

    [UnixFact]
    public void A_file_that_somebody_has_locked_is_left_alone()
    {
        string path = _kit.Unix().Path!;
        using FileStream locked = new(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);

        Assert.Contains("no socket", Refusal(path), StringComparison.Ordinal);
    }

    [LinuxTheory]
    [InlineData("/proc/self/exe")]
    [InlineData("/dev/null")]
    public void So_is_a_program_that_runs_and_a_device(string path) => Assert.Contains("no socket", Refusal(path), StringComparison.Ordinal);

    [UnixFact]
    public void Links_that_lead_in_a_circle_are_left_alone()
    {
        string path = _kit.Unix().Path!;
        File.CreateSymbolicLink(path, path);

        Assert.Contains("it is left alone", Refusal(path), StringComparison.Ordinal);
        Assert.NotNull(new FileInfo(path).LinkTarget);
    }

    [Fact]
    public void Whatever_else_the_system_says_of_a_socket_is_told_and_the_path_refused()
    {
        string path = _kit.Unix().Path!;
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));

        Assert.Null(UnixSocketPath.WhyTaken(new SocketException((int)SocketError.ConnectionRefused), path));
        foreach (SocketError other in (SocketError[])[SocketError.NetworkDown, SocketError.InvalidArgument, SocketError.SocketError, SocketError.NoBufferSpaceAvailable])
            Assert.StartsWith("whether somebody listens there cannot be found out: ", UnixSocketPath.WhyTaken(new SocketException((int)other), path), StringComparison.Ordinal);
    }

    [LinuxTheory]
    [InlineData(SocketType.Dgram)]
    [InlineData(SocketType.Seqpacket)]
    public void A_live_socket_of_another_type_is_a_server(SocketType type)
    {
        string path = _kit.Unix().Path!;
        using Socket other = new(AddressFamily.Unix, type, ProtocolType.Unspecified);
        other.Bind(new UnixDomainSocketEndPoint(path));

        Assert.Contains("another server listens there", Refusal(path), StringComparison.Ordinal);
    }

    [UnsupportedOSPlatform("windows")]
    [LinuxTheory]
    [InlineData(0, "the socket file itself")]
    [InlineData(1, "its directory")]
    public async Task Who_may_not_connect_is_told_so_and_replaces_nothing(int levels, string closed)
    {
        string path = _kit.Unix("in/a.sock").Path!;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using Socket live = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        live.Bind(new UnixDomainSocketEndPoint(path));
        live.Listen();
        string barred = levels == 0 ? path : Path.GetDirectoryName(path)!;
        UnixFileMode usual = File.GetUnixFileMode(barred);
        File.SetUnixFileMode(barred, UnixFileMode.None);
        try
        {
            // Root may do everything, so one thread is somebody else; the rest of the process is not touched.
            string refusal = await Patience.OnOwnThread(() =>
            {
                _ = ActAs(65534);
                return Refusal(path);
            }).InTime();

            Assert.True(refusal.Contains("permission denied", StringComparison.Ordinal), $"{closed}: {refusal}");
        }
        finally
        {
            File.SetUnixFileMode(barred, usual);
        }
    }

    private static string Refusal(string path)
        => Assert.Throws<RpcConnectionException>(() => UnixSocketPath.RefuseUnlessFree(RpcEndpoint.Parse("unix:" + path), path)).Message;

    // Of the calling thread alone, and without the rights of root.
    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial int ActAs(int user);
}
