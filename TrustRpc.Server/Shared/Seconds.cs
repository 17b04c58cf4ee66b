using System.Globalization;

namespace TrustRpc.Programs;

/// <summary>Times as people write them on a command line: seconds, with a point where there is a fraction.</summary>
internal static class Seconds
{
    private const double Most = 1e6;

    /// <exception cref="UsageException">It is no such number.</exception>
    public static TimeSpan Read(string option, string text, bool orZero = false)
        => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && seconds < Most && (seconds > 0 || (orZero && seconds == 0))
            ? TimeSpan.FromSeconds(seconds)
            : throw new UsageException($"{option} {text}: that is not a number of seconds {(orZero ? "from 0 on" : "above 0")}.");
}
