using System.Globalization;
using System.Text;
using System.Text.Json;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary>What a server answers to <c>rpc.stats</c> (<c>docs/PROTOCOL.md</c>, section 5.3), and how it looks on a terminal.</summary>
internal sealed record Figures(double Uptime, long Connections, long Running, long Streams, long Queued, IReadOnlyList<Figures.Method> Methods)
{
    public static Figures Read(JsonElement answer) => new(
        Seconds(answer, "uptime"),
        Number(answer, "connections"),
        Number(answer, "running"),
        Number(answer, "streams"),
        Number(answer, "queued"),
        [.. answer.GetProperty("methods").EnumerateArray().Select(Method.Read)]);

    /// <param name="server">Whose figures they are.</param>
    /// <param name="before">What was read the time before: calls a second are those since then; null = since the beginning.</param>
    public string Show(string server, Figures? before)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{server}: up {Uptime:0} s, {Counted.Of(Connections, "connection")}, {Counted.Of(Running, "call")} running, {Counted.Of(Streams, "stream")}, {Counted.Of(Queued, "byte")} queued\n");
        text.Append(Terminal.Output.Bold(string.Create(
            CultureInfo.InvariantCulture, $"{"method",-32} {"calls/s",10} {"calls",12} {"errors",10} {"median ms",10} {"99% ms",10}")))
            .Append('\n');
        double seconds = Math.Max(0.001, Uptime - (before?.Uptime ?? 0));
        foreach (Method method in Methods)
        {
            long earlier = before?.Methods.FirstOrDefault(m => m.Name == method.Name)?.Calls ?? 0;
            text.Append(
                CultureInfo.InvariantCulture,
                $"{Name.Printable(method.Name),-32} {(method.Calls - earlier) / seconds,10:0.0} {method.Calls,12} {method.Errors,10} {method.Median * 1000,10:0.000} {method.Percentile99 * 1000,10:0.000}\n");
        }

        return text.ToString();
    }

    private static double Seconds(JsonElement element, string name) => element.GetProperty(name).GetDouble();

    private static long Number(JsonElement element, string name) => element.GetProperty(name).GetInt64();

    /// <summary>One method; times in seconds.</summary>
    public sealed record Method(string Name, long Calls, long Errors, double Median, double Percentile99)
    {
        public static Method Read(JsonElement method) => new(
            method.GetProperty("name").GetString() ?? "", Number(method, "calls"), Number(method, "errors"), Seconds(method, "median"), Seconds(method, "percentile99"));
    }
}
