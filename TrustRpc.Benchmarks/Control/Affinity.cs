using System.Diagnostics;
using System.Numerics;
using System.Runtime.Versioning;

namespace TrustRpc.Benchmarks.Control;

/// <summary>Starts a process that owns one core alone from its first instruction, so that the runtime in it counts one processor.</summary>
internal static class Affinity
{
    [SupportedOSPlatformGuard("linux")]
    [SupportedOSPlatformGuard("windows")]
    internal static bool IsSupported => OperatingSystem.IsLinux() || OperatingSystem.IsWindows();

    internal static Process StartOnOneCore(ProcessStartInfo start) => IsSupported
        ? StartPinned(start)
        : throw new PlatformNotSupportedException("Pinning a process to a core is supported on Linux and Windows only.");

    /// <remarks>
    /// A child inherits the mask of whoever starts it: on Linux of the thread, which must be the main one because the
    /// setter reaches only that; on Windows of the process.
    /// </remarks>
    [SupportedOSPlatform("linux")]
    [SupportedOSPlatform("windows")]
    private static Process StartPinned(ProcessStartInfo start)
    {
        using var self = Process.GetCurrentProcess();
        var all = self.ProcessorAffinity;
        self.ProcessorAffinity = (nint)1 << BitOperations.TrailingZeroCount(all);
        try
        {
            return Process.Start(start)!;
        }
        finally
        {
            self.ProcessorAffinity = all;
        }
    }
}
