using System.Diagnostics.Tracing;
using System.Globalization;

namespace TrustRpc.Diagnostics;

/// <summary>The events as lines for people: time, level, what happened.</summary>
internal sealed class EventLines(EventLevel level, bool audit, bool inColour, Action<string> write) : EventListener
{
    // No keyword at all would mean all of them.
    private const EventKeywords Neither = (EventKeywords)(1 << 30);

    private const int LongestText = 16 * 1024;

    // The base library's constructor asks already, when only fields that are set where they are declared have their values.
    private readonly Action<string> _write = write;
    private readonly bool _inColour = inColour;
    private readonly EventLevel _level = level;
    private readonly bool _audit = audit;

    /// <summary>Only on a terminal that knows colours, which not every console of Windows does, and never where <c>NO_COLOR</c> is set (no-color.org).</summary>
    public static bool MayHaveColour
        => !Console.IsErrorRedirected
            && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") != "dumb"
            && (!OperatingSystem.IsWindows() || Environment.GetEnvironmentVariable("WT_SESSION") is not null);

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name != RpcEventSource.SourceName)
        {
            return;
        }

        EventKeywords calls = _level >= EventLevel.Verbose ? RpcEventSource.Keywords.Calls : Neither;
        EventKeywords audits = _audit ? RpcEventSource.Keywords.Audit : Neither;

        // Those of the audit are informational, so they may need more than what else is wanted; what comes with them is sorted out below.
        EnableEvents(eventSource, _audit && _level < EventLevel.Informational ? EventLevel.Informational : _level, calls | audits);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.Level > _level && (eventData.Keywords & RpcEventSource.Keywords.Audit) == 0)
        {
            return;
        }

        string text = string.Format(CultureInfo.InvariantCulture, eventData.Message ?? eventData.EventName ?? "", [.. eventData.Payload ?? []]);
        string time = eventData.TimeStamp.ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
        (string name, string colour) = eventData.Level switch
        {
            EventLevel.Critical or EventLevel.Error => ("error", "31"),
            EventLevel.Warning => ("warn ", "33"),
            EventLevel.Informational => ("info ", "32"),
            _ => ("call ", "2"),
        };
        _write($"{In("2", time)} {In(colour, name)} {Harmless(text)}");
    }

    /// <summary>What a peer or an exception brings in must neither steer a terminal nor look like a line of its own: control characters are replaced, further lines indented.</summary>
    private static string Harmless(string text)
    {
        string cut = text.Length > LongestText ? text[..LongestText] + "…" : text;
        string[] lines = cut.ReplaceLineEndings("\n").Split('\n');
        return string.Join(Environment.NewLine + "    ", lines.Select(line => string.Concat(line.Select(c => char.IsControl(c) && c != '\t' ? '?' : c))));
    }

    private string In(string code, string text) => _inColour ? $"\e[{code}m{text}\e[0m" : text;
}
