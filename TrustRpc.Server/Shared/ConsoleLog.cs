using System.Diagnostics.Tracing;
using System.Globalization;

namespace TrustRpc.Programs;

/// <summary>The framework's events as lines on standard error: time, level, what happened.</summary>
/// <param name="calls">Every call as well.</param>
/// <param name="audit">Who connected from where and who called what as well.</param>
internal sealed class ConsoleLog(bool calls, bool audit) : EventListener
{
    private const EventKeywords Calls = (EventKeywords)1;
    private const EventKeywords Audit = (EventKeywords)2;

    // No keyword at all would mean all of them.
    private const EventKeywords Neither = (EventKeywords)(1 << 30);

    private readonly EventKeywords _wanted = (calls ? Calls : 0) | (audit ? Audit : 0) | Neither;

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "TrustRpc")
        {
            EnableEvents(eventSource, calls ? EventLevel.Verbose : EventLevel.Informational, _wanted);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        string text = string.Format(CultureInfo.InvariantCulture, eventData.Message ?? eventData.EventName ?? "", [.. eventData.Payload ?? []]);
        string time = eventData.TimeStamp.ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
        Console.Error.WriteLine($"{Terminal.Error.Dim(time)} {Level(eventData.Level)} {text}");
    }

    private static string Level(EventLevel level) => level switch
    {
        EventLevel.Critical or EventLevel.Error => Terminal.Error.Red("error"),
        EventLevel.Warning => Terminal.Error.Yellow("warn "),
        EventLevel.Informational => Terminal.Error.Green("info "),
        _ => Terminal.Error.Dim("call "),
    };
}
