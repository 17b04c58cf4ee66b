using System.Diagnostics.Tracing;
using TrustRpc.Diagnostics;

namespace TrustRpc;

/// <summary>
/// Shows what the servers and clients of this process do, as lines on the console: <c>using RpcConsoleLog log = new();</c> at the program's start. Without it, or another listener to the event
/// source <c>TrustRpc</c>, nothing is logged.
/// </summary>
/// <remarks>
/// <para>
/// A line has the time of day, the level and what happened: who connected and who was refused, and why; failed calls, and the exceptions of methods under their error ids; what a client does to
/// connect again. No line holds the secret, an argument or a result; an exception's text is the program's own, and is shown.
/// </para>
/// <para>
/// Lines are written by a thread of their own, so that a console that is slow or stands still holds up no call. Up to 1,024 lines and 1 Mi characters wait for it; those beyond are left out, and a
/// line says how many. A line that cannot be written is dropped.
/// </para>
/// <para>Thread-safe. Whoever makes it disposes it, which waits up to two seconds for the lines that were logged before. Two logs of one process both show everything.</para>
/// </remarks>
public sealed class RpcConsoleLog : IDisposable
{
    private readonly LogLines _lines;
    private readonly EventLines _events;

    /// <summary>Begins to show what happens, at once.</summary>
    /// <param name="level">
    /// How much: <see cref="EventLevel.Error"/>, <see cref="EventLevel.Warning"/> (refusals and failed calls as well), <see cref="EventLevel.Informational"/> (connections as well), or
    /// <see cref="EventLevel.Verbose"/> (every call as well, and which of them their callers have cancelled or left behind: that is no failure; that the time of one was up is).
    /// </param>
    /// <param name="audit">True = also who connected from where, and who called what, whatever the level.</param>
    /// <param name="output">Where to; not disposed, and used by one thread at a time. Null = standard error, in colours where that is a terminal and <c>NO_COLOR</c> is not set.</param>
    public RpcConsoleLog(EventLevel level = EventLevel.Informational, bool audit = false, TextWriter? output = null)
    {
        _lines = new LogLines(output is null ? static () => Console.Error : () => output);
        _events = new EventLines(level, audit, output is null && EventLines.MayHaveColour, _lines.Add);
        if (!RpcEventSource.Log.IsEnabled())
        {
            _lines.Add("This program was published without events, so nothing can be logged; set <EventSourceSupport>true</EventSourceSupport> in its project file.");
        }
    }

    /// <summary>Ends the log. Never throws; a second call does nothing.</summary>
    public void Dispose()
    {
        _events.Dispose();
        _lines.Dispose();
    }
}
