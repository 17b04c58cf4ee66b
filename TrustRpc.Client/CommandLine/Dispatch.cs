using System.Reflection;
using TrustRpc.Programs;

namespace TrustRpc.Client.CommandLine;

/// <summary>From the words of the command line to the sub-command that they mean.</summary>
internal static class Dispatch
{
    /// <summary>What runs where no sub-command is named.</summary>
    private const string Otherwise = "demo";

    private static string Version => typeof(Dispatch).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    public static Task<int> RunAsync(string[] words) => words switch
    {
        ["help"] or ["help", "help" or "--help" or "-h", ..] or ["--help" or "-h", ..] => Print(HelpOverview.Text(Terminal.Output)),
        ["help", var name, ..] => Print(HelpPage.Of(CommandTable.Find(name), Terminal.Output)),
        ["--version"] => Print(Version),
        [] or [['-', ..], ..] => CommandTable.Find(Otherwise).StartAsync(words),
        [var name, .. var rest] => CommandTable.Find(name).StartAsync(rest),
    };

    private static Task<int> Print(string text)
    {
        Console.WriteLine(text);
        return Task.FromResult(ExitCode.Done);
    }
}
