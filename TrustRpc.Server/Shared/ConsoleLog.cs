using System.Diagnostics.Tracing;

namespace TrustRpc.Programs;

/// <summary>The library's log on standard error, as the programs' options ask for it.</summary>
internal static class ConsoleLog
{
    /// <param name="calls">Every call as well (<c>--verbose</c>).</param>
    /// <param name="audit">Who connected from where and who called what as well (<c>--audit</c>).</param>
    public static RpcConsoleLog Open(bool calls, bool audit = false) => new(calls ? EventLevel.Verbose : EventLevel.Informational, audit);
}
