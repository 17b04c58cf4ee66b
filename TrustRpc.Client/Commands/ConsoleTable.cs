using System.Text;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary>Rows in columns as wide as they need to be; the last column is cut where it would leave a terminal.</summary>
internal static class ConsoleTable
{
    private const string Gap = "  ";

    /// <param name="heading">The first row.</param>
    /// <param name="rows">The others, as many cells each.</param>
    public static string Of(string[] heading, IReadOnlyList<string[]> rows)
    {
        int[] widths = [.. heading.Select((text, column) => rows.Select(row => row[column].Length).Append(text.Length).Max())];
        StringBuilder table = new();
        table.Append(Terminal.Output.Bold(Line(heading, widths)));
        foreach (string[] row in rows)
        {
            table.Append('\n').Append(Line(row, widths));
        }

        return table.ToString();
    }

    private static string Line(string[] cells, int[] widths)
    {
        string line = string.Join(Gap, cells.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd();
        int most = Terminal.Output.IsScreen ? Console.WindowWidth : 0;
        return most > 0 && line.Length > most ? line[..(most - 1)] + "…" : line;
    }
}
