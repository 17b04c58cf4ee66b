namespace TrustRpc.Benchmarks.Report;

/// <summary>Rows as a Markdown table whose columns also line up on a screen.</summary>
internal static class Table
{
    internal const string Nothing = "–";

    private static readonly string[] Head = ["workload", "raw", "TrustRpc", "ratio", "must", "aim", "verdict"];

    internal static string Print(IReadOnlyList<Row> rows)
    {
        var lines = rows.Select(Cells).Prepend(Head).ToArray();
        var widths = Enumerable.Range(0, Head.Length).Select(column => lines.Max(line => line[column].Length)).ToArray();
        var rule = Line([.. widths.Select(width => new string('-', width))], widths);
        var printed = lines.Select(line => Line(line, widths)).ToList();
        printed.Insert(1, rule);
        return string.Join('\n', printed);
    }

    private static string[] Cells(Row row) =>
    [
        row.Workload, row.Limit, row.Ours, row.Ratio,
        row.Target.Print(row.Target.Must), row.Target.Print(row.Target.Aim), row.Target.Verdict(row.Value),
    ];

    private static string Line(string[] cells, int[] widths) =>
        "| " + string.Join(" | ", cells.Select((cell, column) => cell.PadRight(widths[column]))) + " |";
}
