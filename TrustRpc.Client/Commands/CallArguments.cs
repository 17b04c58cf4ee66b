using System.Text.Json;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary>
/// The words after a method's name as its arguments: JSON, or a text where it is none; all of them by position, or all by name as <c>name=value</c>.
/// </summary>
internal static class CallArguments
{
    /// <summary>By position an array of values, by name a dictionary.</summary>
    public static object Read(ReadOnlySpan<string> words)
    {
        object?[] values = new object?[words.Length];
        Dictionary<string, object?> named = [];
        for (int i = 0; i < words.Length; i++)
        {
            if (NameIn(words[i]) is { } name)
            {
                AddNamed(named, name, words[i][(name.Length + 1)..]);
            }
            else
            {
                values[i] = Value(words[i]);
            }
        }

        if (named.Count == 0)
        {
            return values;
        }

        return named.Count == words.Length ? named
            : throw new UsageException("Arguments go all by position or all by name (name=value); a text with = in it is written as JSON: '\"a=b\"'.");
    }

    private static void AddNamed(Dictionary<string, object?> named, string name, string value)
    {
        if (!named.TryAdd(name, Value(value)))
        {
            throw new UsageException($"The argument '{name}' is given twice.");
        }
    }

    private static string? NameIn(string word)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0 || !(char.IsAsciiLetter(word[0]) || word[0] == '_'))
        {
            return null;
        }

        foreach (char c in word.AsSpan(0, equals))
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_')
            {
                return null;
            }
        }

        return word[..equals];
    }

    private static object? Value(string word)
    {
        // Most texts are seen to be none without a parser that has to fail.
        if (word.Length == 0 || (char.IsAsciiLetter(word[0]) && word is not ("true" or "false" or "null")))
        {
            return word;
        }

        try
        {
            return JsonElement.Parse(word);
        }
        catch (JsonException)
        {
            return word;
        }
    }
}
