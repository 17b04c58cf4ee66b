using System.Runtime.InteropServices;

namespace TrustRpc.Tests.Support;

/// <summary>A theory about more connections in one process than some systems let it have; there it is skipped and says why.</summary>
internal sealed partial class ManyFilesTheoryAttribute : TheoryAttribute
{
    private const ulong Needed = 2048;

    public ManyFilesTheoryAttribute() => Skip = Limit < Needed ? $"A process may open {Limit} files here at most, and {Needed} are needed (ulimit -Hn)." : null;

    // The hard limit: .NET raises a process's own to it.
    private static ulong Limit
    {
        get
        {
            Span<ulong> softAndHard = [0, 0];
            return OperatingSystem.IsWindows() || GetLimit(OperatingSystem.IsMacOS() ? 8 : 7, ref softAndHard[0]) != 0 ? ulong.MaxValue : softAndHard[1];
        }
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, ref ulong softAndHard);
}
