using System.Text;

namespace TrustRpc.Trust;

/// <summary>
/// Reads the text of a <c>.env</c> file: <c>NAME=value</c> a line, <c>export</c> before it allowed, <c>#</c> begins a comment at a line's start or after white
/// space. <c>'…'</c> is taken as it is; <c>"…"</c> knows \n, \r, \t, \", \\ and \$. Pure, and no value ever gets into an error.
/// </summary>
internal static class EnvFile
{
    /// <summary>The entries, those around a malformed line as well; of two with one name the later one counts.</summary>
    /// <param name="text">The whole file.</param>
    /// <param name="malformedLine">The number of the first line that is none of this, from 1; 0 = all are sound.</param>
    /// <param name="isQuoteOpen">Whether that line has a quote before its value and none behind it.</param>
    public static IReadOnlyDictionary<string, string> Parse(string text, out int malformedLine, out bool isQuoteOpen)
    {
        isQuoteOpen = false;
        Dictionary<string, string> entries = new(StringComparer.Ordinal);
        malformedLine = 0;
        string[] lines = text.TrimStart('\uFEFF').Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            ReadOnlySpan<char> line = lines[i].AsSpan().Trim();
            if (line.IsEmpty || line[0] == '#') continue;
            if (TryParseLine(line, out string name, out string value, out bool isOpen))
            {
                entries[name] = value;
                continue;
            }

            (malformedLine, isQuoteOpen) = malformedLine == 0 ? (i + 1, isOpen) : (malformedLine, isQuoteOpen);
        }

        return entries;
    }

    private static bool TryParseLine(ReadOnlySpan<char> line, out string name, out string value, out bool isQuoteOpen)
    {
        (name, value, isQuoteOpen) = ("", "", false);
        const string Export = "export";
        if (line.StartsWith(Export, StringComparison.Ordinal) && line.Length > Export.Length && char.IsWhiteSpace(line[Export.Length]))
            line = line[Export.Length..].TrimStart();
        int equals = line.IndexOf('=');
        if (equals < 0 || !IsName(line[..equals].TrimEnd())) return false;
        name = line[..equals].TrimEnd().ToString();
        ReadOnlySpan<char> rest = line[(equals + 1)..].TrimStart();
        return rest switch
        {
            ['\'', ..] => TryParseQuoted(rest, escapes: false, out value, out isQuoteOpen),
            ['"', ..] => TryParseQuoted(rest, escapes: true, out value, out isQuoteOpen),
            _ => ParseBare(line[(equals + 1)..], out value),
        };
    }

    private static bool IsName(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || char.IsAsciiDigit(name[0])) return false;
        foreach (char character in name)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character != '_') return false;
        }

        return true;
    }

    private static bool ParseBare(ReadOnlySpan<char> text, out string value)
    {
        int end = text.Length;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '#' || (i > 0 && !char.IsWhiteSpace(text[i - 1]))) continue;
            end = i;
            break;
        }

        value = text[..end].Trim().ToString();
        return true;
    }

    private static bool TryParseQuoted(ReadOnlySpan<char> text, bool escapes, out string value, out bool isOpen)
    {
        StringBuilder unquoted = new();
        value = "";
        isOpen = false;
        for (int i = 1; i < text.Length; i++)
        {
            char character = text[i];
            if (character == text[0])
            {
                value = unquoted.ToString();
                ReadOnlySpan<char> after = text[(i + 1)..].TrimStart();
                return after.IsEmpty || (after[0] == '#' && after.Length < text.Length - i - 1);
            }

            if (escapes && character == '\\')
            {
                if (++i == text.Length) break;
                if (Unescape(text[i]) is not { } escaped) return false;
                character = escaped;
            }

            unquoted.Append(character);
        }

        isOpen = true;
        return false;
    }

    private static char? Unescape(char escaped) => escaped switch
    {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        '"' or '\\' or '$' => escaped,
        _ => null,
    };
}
