using System.Text.Json;

namespace TrustRpc.Management;

/// <summary>What stands in a subscription in place of events that it has missed.</summary>
internal static class GapEvent
{
    /// <param name="missed">How many; null = nobody knows.</param>
    /// <param name="from">The first number; null = nobody knows.</param>
    /// <param name="to">The last number; null = nobody knows.</param>
    /// <param name="timestamp">When it was noticed.</param>
    /// <param name="sequence">The number before the event that follows.</param>
    public static ServerEvent Of(long? missed, long? from, long? to, long timestamp, long sequence)
        => new(ServerEventType.Gap, EventBytes.Of(ServerEventType.Gap, timestamp, (missed, from, to), Write), timestamp, sequence);

    private static void Write(Utf8JsonWriter json, (long? Missed, long? From, long? To) gap)
    {
        json.WriteStartObject();
        Write(json, "missed", gap.Missed);
        Write(json, "from", gap.From);
        Write(json, "to", gap.To);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, long? number)
    {
        if (number is { } known)
        {
            json.WriteNumber(name, known);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
