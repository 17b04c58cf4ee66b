using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using TrustRpc.Programs;

namespace TrustRpc.Client.Measuring;

/// <summary>Round-trip times for people, as figures and a picture of their distribution, and for programs.</summary>
internal static class LatencyReport
{
    private const int Widest = 40;

    private static readonly (string Label, string Member, double Share)[] Shares =
        [("median", "median", 0.5), ("90%", "percentile90", 0.9), ("99%", "percentile99", 0.99), ("99.9%", "percentile999", 0.999)];

    public static string Text(Latencies latencies)
    {
        StringBuilder text = new();
        Append(text, "minimum", latencies.Minimum);
        foreach ((string label, _, double share) in Shares)
        {
            Append(text, label, latencies.Percentile(share));
        }

        Append(text, "maximum", latencies.Maximum);
        text.Append('\n');
        IReadOnlyList<(TimeSpan UpTo, long Count)> histogram = latencies.Histogram();
        long most = histogram.Max(step => step.Count);
        foreach ((TimeSpan upTo, long count) in histogram)
        {
            // One that is there is seen, be it never so rare.
            string bar = new('#', (int)Math.Ceiling((double)count / most * Widest));
            text.Append(CultureInfo.InvariantCulture, $"  up to {Time(upTo),8}  {Terminal.Output.Green(bar)}{new string(' ', Widest - bar.Length)}  {count.ToString("N0", CultureInfo.InvariantCulture)}\n");
        }

        return text.ToString().TrimEnd();
    }

    /// <summary>Adds members in seconds.</summary>
    public static void Add(JsonObject json, Latencies latencies)
    {
        json["minimum"] = latencies.Minimum.TotalSeconds;
        foreach ((_, string member, double share) in Shares)
        {
            json[member] = latencies.Percentile(share).TotalSeconds;
        }

        json["maximum"] = latencies.Maximum.TotalSeconds;
        json["histogram"] = new JsonArray([.. latencies.Histogram().Select(step => new JsonObject { ["upTo"] = step.UpTo.TotalSeconds, ["count"] = step.Count })]);
    }

    private static void Append(StringBuilder text, string label, TimeSpan time) => text.Append(CultureInfo.InvariantCulture, $"  {label,-8}{Time(time),10}\n");

    private static string Time(TimeSpan time) => time.TotalMicroseconds switch
    {
        < 1000 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMicroseconds:0.#} us"),
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.##} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.##} s"),
    };
}
