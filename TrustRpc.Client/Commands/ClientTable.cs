using System.Globalization;
using System.Text;
using TrustRpc.Management;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary>Clients as a table for people.</summary>
internal static class ClientTable
{
    private static readonly string[] Heading = ["NAME", "ID", "STATE", "ADDRESS", "OVER", "LAST SEEN", "COMMANDS"];

    public static string Of(ClientList list, DateTimeOffset now)
    {
        List<string[]> rows = [Heading, .. list.Clients.Select(client => Row(client, now))];
        int[] widths = [.. Heading.Select((_, column) => rows.Max(row => row[column].Length))];
        StringBuilder table = new();
        foreach (string[] row in rows)
        {
            string line = string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd();
            table.AppendLine(row == Heading ? Terminal.Output.Bold(line) : row[2] == "online" ? line : Terminal.Output.Dim(line));
        }

        int online = list.Clients.Count(client => client.Online);
        return table.Append(CultureInfo.InvariantCulture, $"{Shown(list.Clients.Count, list.Total)}, {online} online.").ToString();
    }

    private static string Shown(int shown, int total) => shown == total ? Counted.Of(total, "client") : $"{shown} of {Counted.Of(total, "client")}";

    private static string[] Row(ClientStatus client, DateTimeOffset now) =>
    [
        Name.Printable(client.Name),
        Name.Printable(client.Uuid),
        client.Online ? "online" : "offline",
        Name.Printable(client.IpAddress),
        Name.Printable(client.Transport),
        Ago(now - DateTimeOffset.FromUnixTimeMilliseconds(client.LastSeen)),
        client.PendingCommands.ToString(CultureInfo.InvariantCulture),
    ];

    private static string Ago(TimeSpan time) => time.TotalSeconds switch
    {
        < 1 => "now",
        < 120 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s ago"),
        < 7200 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0} min ago"),
        < 172_800 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0} h ago"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalDays:0} days ago"),
    };
}
