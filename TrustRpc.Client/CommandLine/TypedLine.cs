using System.Text;
using TrustRpc.Programs;

namespace TrustRpc.Client.CommandLine;

/// <summary>A command line that somebody is still typing: what its last word may become, by the descriptions of the sub-commands.</summary>
internal sealed class TypedLine
{
    private TypedLine(string prefix) => Prefix = prefix;

    /// <summary>What of the last word is there; empty where it has not begun.</summary>
    public string Prefix { get; }

    /// <summary>Of what kind the word is that stands there.</summary>
    public Completion Wants { get; private init; } = Completion.Choices;

    /// <summary>The words that may stand there, as far as the descriptions tell.</summary>
    public IReadOnlyList<string> Candidates { get; private init; } = [];

    /// <summary>The server that the line names; null = none.</summary>
    public string? Server { get; private init; }

    /// <param name="line">With the program's name, up to the cursor.</param>
    public static TypedLine Read(string line)
    {
        List<string> words = Split(line);
        string prefix = words[^1];
        if (words.Count <= 2 || (words.Count == 3 && words[1] == "help"))
        {
            return new(prefix) { Candidates = [.. CommandTable.Names, .. words.Count == 2 ? (string[])["help", "--help", "--version"] : []] };
        }

        try
        {
            return OfCommand(CommandTable.Find(words[1]), words[2..^1], prefix);
        }
        catch (UsageException)
        {
            return new(prefix);
        }
    }

    private static TypedLine OfCommand(Command command, List<string> typed, string prefix)
    {
        int values = 0;
        string? server = null;
        HashSet<string> given = [];
        Option? open = null;
        foreach (string word in typed)
        {
            if (open is not null)
            {
                server = open.Name == Option.Server.Name ? word : server;
                open = null;
            }
            else if (command.AllOptions.FirstOrDefault(option => word == option.Name || word == option.Short) is { } option)
            {
                if (!option.MayRepeat)
                {
                    given.Add(option.Name);
                }

                open = option.Value is null ? null : option;
            }
            else
            {
                values += word.StartsWith('-') ? 0 : 1;
            }
        }

        if (open is not null)
        {
            return new(prefix) { Wants = open.Completion, Candidates = open.Choices };
        }

        if (prefix.StartsWith('-'))
        {
            return new(prefix) { Candidates = [.. command.AllOptions.Select(option => option.Name).Where(name => !given.Contains(name))] };
        }

        Operand? operand = values < command.Operands.Count ? command.Operands[values] : command.Operands.LastOrDefault(last => last.IsRepeated);
        return new(prefix) { Wants = operand?.Completion ?? Completion.None, Candidates = operand?.Choices ?? [], Server = server };
    }

    // As far as shells agree: quotation marks and backslashes keep spaces from parting words. The last word is there even where it is empty.
    private static List<string> Split(string line)
    {
        List<string> words = [];
        StringBuilder word = new();
        bool hasBegun = false;
        char quote = '\0';
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (quote != '\0' ? c == quote : c is '\'' or '"')
            {
                quote = quote == '\0' ? c : '\0';
                hasBegun = true;
            }
            else if (quote == '\0' && char.IsWhiteSpace(c))
            {
                if (hasBegun)
                {
                    words.Add(word.ToString());
                    word.Clear();
                    hasBegun = false;
                }
            }
            else
            {
                word.Append(c == '\\' && quote != '\'' && i + 1 < line.Length ? line[++i] : c);
                hasBegun = true;
            }
        }

        words.Add(word.ToString());
        return words;
    }
}
