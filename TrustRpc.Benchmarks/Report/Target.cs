namespace TrustRpc.Benchmarks.Report;

/// <summary>What must be reached and where we want to be; <paramref name="Format"/> prints either, with its unit.</summary>
internal sealed record Target(double? Must, double? Aim, string Format, bool AtMost = false)
{
    internal static readonly Target None = new(null, null, "{0}");

    internal static Target Ratio(double must, double? aim = null) => new(must, aim, "{0:0.00} ×");

    internal static Target Ceiling(double must, double? aim, string format) => new(must, aim, format, AtMost: true);

    internal string Verdict(double? value) => value switch
    {
        null => Table.Nothing,
        _ when Must is null && Aim is null => Table.Nothing,
        { } v when Reaches(v, Aim) => "aim reached",
        { } v when Reaches(v, Must) => Aim is null ? "reached" : "must reached",
        _ => Must is null ? "below aim" : "MISSED",
    };

    internal string Print(double? bound) =>
        bound is null ? Table.Nothing : (AtMost ? "≤ " : "≥ ") + string.Format(null, Format, bound);

    private bool Reaches(double value, double? bound) => bound is { } b && (AtMost ? value <= b : value >= b);
}
