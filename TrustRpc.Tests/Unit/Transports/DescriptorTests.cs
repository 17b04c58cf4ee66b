using System.Runtime.InteropServices;
using TrustRpc.Tests.Support;
using TrustRpc.Transports;

namespace TrustRpc.Tests.Unit.Transports;

/// <summary>A process that has no descriptor left. It takes them from all of the process, so no other test runs beside these.</summary>
[Collection("Listeners")]
public sealed partial class DescriptorTests : IDisposable
{
    private const int OpenFiles = 7; // RLIMIT_NOFILE on Linux.

    private readonly TransportKit _kit = new();

    public void Dispose() => _kit.Dispose();

    [LinuxTheory]
    [InlineData("unix")]
    [InlineData("pipe")]
    [InlineData("tcp")]
    public async Task Who_cannot_open_a_socket_is_told_as_who_finds_nobody_so_that_a_reconnecting_client_goes_on_trying(string kind)
    {
        RpcEndpoint nobody = kind == "tcp" ? RpcEndpoint.Parse("tcp://127.0.0.1:9") : _kit.Endpoint(kind);
        Assert.IsType<RpcConnectionException>(await Record.ExceptionAsync(() => _kit.ConnectAsync(nobody))); // What an error needs is loaded by now.
        Span<ulong> limits = [0, 0];
        Assert.Equal(0, GetLimit(OpenFiles, ref limits[0]));
        ulong[] usual = limits.ToArray();
        ulong[] none = [3, usual[1]];

        Exception? e;
        Assert.Equal(0, SetLimit(OpenFiles, ref none[0]));
        try
        {
            e = await Record.ExceptionAsync(() => _kit.ConnectAsync(nobody));
        }
        finally
        {
            SetLimit(OpenFiles, ref usual[0]);
        }

        Assert.Contains("Too many open files", Assert.IsType<RpcConnectionException>(e).Message);
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, ref ulong softAndHard);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, ref ulong softAndHard);
}
