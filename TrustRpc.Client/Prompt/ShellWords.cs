using System.Text;

namespace TrustRpc.Client.Prompt;

/// <summary>
/// Splits a line into words, with JSON in mind: brackets and double quotes hold together what is between them and stay, single quotes hold together and are taken off.
/// </summary>
internal static class ShellWords
{
    /// <exception cref="FormatException">A quote or a bracket has no end.</exception>
    public static string[] Split(string line)
    {
        List<string> words = [];
        int at = 0;
        while (true)
        {
            while (at < line.Length && char.IsWhiteSpace(line[at]))
            {
                at++;
            }

            if (at == line.Length)
            {
                return [.. words];
            }

            words.Add(Next(line, ref at));
        }
    }

    private static string Next(string line, ref int at)
    {
        StringBuilder word = new();
        Stack<char> open = [];
        for (; at < line.Length && (open.Count > 0 || !char.IsWhiteSpace(line[at])); at++)
        {
            char c = line[at];
            if (c == '\'' && open.Count == 0)
            {
                int end = line.IndexOf('\'', at + 1);
                word.Append(line, at + 1, (end < 0 ? throw NoEnd(c) : end) - at - 1);
                at = end;
                continue;
            }

            word.Append(c);
            if (open.TryPeek(out char inner) && inner == '"')
            {
                if (c == '\\' && at + 1 < line.Length)
                {
                    word.Append(line[++at]);
                }
                else if (c == '"')
                {
                    open.Pop();
                }
            }
            else if (c is '"' or '[' or '{')
            {
                open.Push(c);
            }
            else if (c is ']' or '}' && open.Count > 0)
            {
                open.Pop();
            }
        }

        return open.Count == 0 ? word.ToString() : throw NoEnd(open.Peek());
    }

    private static FormatException NoEnd(char opened) => new($"The {opened} has no end.");
}
