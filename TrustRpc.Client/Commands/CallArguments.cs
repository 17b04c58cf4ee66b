using System.Text.Json;
using TrustRpc.Client.Discovery;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary>
/// The words after a method's name as its arguments, all of them by position, or all by name as <c>name=value</c>. Each is JSON, or else a text; where the method's
/// description is at hand it decides what looks like one and is meant as the other.
/// </summary>
internal sealed class CallArguments
{
    private readonly List<(string? Name, ArgumentWord Word)> _words = [];

    public bool IsNamed => _words.Count > 0 && _words[0].Name is not null;

    /// <summary>Whether one is what came on standard input.</summary>
    public bool ReadsStandardInput { get; private set; }

    /// <summary>Whether one begins as JSON and is none: only the description tells whether it is a text.</summary>
    public bool IsDoubtful => _words.Exists(argument => argument.Word.IsDoubtful);

    /// <summary>Whether one is a bare number or the like, which may be meant as a text.</summary>
    public bool HasBareWords => _words.Exists(argument => argument.Word.IsBare);

    /// <exception cref="UsageException">They are mixed, one is given twice, or a file cannot be read.</exception>
    public static CallArguments Read(IEnumerable<string> words)
    {
        CallArguments read = new();
        foreach (string word in words)
        {
            string? name = NameIn(word);
            string value = name is null ? word : word[(name.Length + 1)..];
            if (read._words.Exists(argument => (argument.Name is null) != (name is null)))
            {
                throw new UsageException("Arguments go all by position or all by name (name=value); a text with = in it is written as JSON: '\"a=b\"'.");
            }

            if (name is not null && read._words.Exists(argument => argument.Name == name))
            {
                throw new UsageException($"The argument '{name}' is given twice.");
            }

            if (value == ArgumentWord.StandardInput && read.ReadsStandardInput)
            {
                throw new UsageException("Standard input (-) can be one argument alone.");
            }

            read.ReadsStandardInput |= value == ArgumentWord.StandardInput;
            read._words.Add((name, ArgumentWord.Read(value)));
        }

        return read;
    }

    /// <summary>By position an array of values, by name a dictionary: what a call takes.</summary>
    /// <param name="method">What the server says of the method; null = nothing is known.</param>
    /// <param name="progress">Is told the progress, where the method reports any and the words leave it out; null = nobody.</param>
    /// <exception cref="UsageException">One is neither JSON nor, as the description has it, a text.</exception>
    public object ToValues(OfferedMethod? method, IProgress<JsonElement>? progress = null)
    {
        if (progress is not null && method?.Progress is { } reported && LeavesOut(method, reported))
        {
            Dictionary<string, object?> values = ByName(method);
            values[reported.Name] = progress;
            return values;
        }

        return IsNamed ? ByName(method) : _words.Select((argument, i) => argument.Word.ToValue(ParameterAt(method, i))).ToArray();
    }

    /// <summary>Whether no word stands for a parameter that is a stream or progress.</summary>
    public bool LeavesOut(OfferedMethod method, OfferedValue parameter)
        => IsNamed
            ? !_words.Exists(argument => string.Equals(argument.Name, parameter.Name, StringComparison.OrdinalIgnoreCase))
            : _words.Count <= method.Parameters.Count(plain => plain.Kind == StreamKind.None);

    /// <summary>The same by name, whichever way they were typed, so that streams can be put among them.</summary>
    /// <exception cref="UsageException">There are more of them than the method has plain parameters.</exception>
    public Dictionary<string, object?> ByName(OfferedMethod? method)
    {
        if (IsNamed || method is null)
        {
            return _words.ToDictionary(argument => argument.Name!, argument => argument.Word.ToValue(method?.Parameter(argument.Name!)));
        }

        OfferedValue[] plain = [.. method.Parameters.Where(parameter => parameter.Kind == StreamKind.None)];
        return _words.Count <= plain.Length
            ? _words.Index().ToDictionary(argument => plain[argument.Index].Name, argument => argument.Item.Word.ToValue(plain[argument.Index]))
            : throw new UsageException($"'{method.Name}' takes {Counted.Of(plain.Length, "argument")} beside its streams, not {_words.Count}. See: trustrpc describe {method.Name}");
    }

    /// <summary>Whether the description makes texts of what would go as JSON without it.</summary>
    public bool IsOtherwise(OfferedMethod method)
        => _words.Index().Any(argument => argument.Item.Word.IsBare
            && argument.Item.Word.ToValue(argument.Item.Name is { } name ? method.Parameter(name) : ParameterAt(method, argument.Index)) is string);

    /// <summary>The first of them that went as JSON where the method takes a text, or may take one because nothing is known of it: how it is typed as a text. Null = there is none.</summary>
    public string? AsText(OfferedMethod? method)
        => _words.Index()
            .Where(argument => method is null ? argument.Item.Word.IsBare : argument.Item.Word.IsRefused(argument.Item.Name is { } name ? method.Parameter(name) : ParameterAt(method, argument.Index)))
            .Select(argument => argument.Item.Word.AsText())
            .FirstOrDefault();

    private static OfferedValue? ParameterAt(OfferedMethod? method, int i) => i < method?.Parameters.Count ? method.Parameters[i] : null;

    /// <summary>The name in <c>name=value</c>; null = it is no such word.</summary>
    public static string? NameIn(string word)
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
}
