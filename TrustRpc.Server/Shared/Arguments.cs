namespace TrustRpc.Programs;

/// <summary>
/// The words of a command line: options begin with <c>--</c> and take the next word (or <c>--name=value</c>), flags take none, the rest are values.
/// A dash and a letter are a short name. After a lone <c>--</c> everything is a value.
/// </summary>
internal sealed class Arguments
{
    private readonly List<KeyValuePair<string, string>> _options = [];
    private readonly HashSet<string> _flags = [];
    private readonly List<string> _values = [];
    private readonly string _help;

    private Arguments(string? command) => _help = command is null ? "--help" : command + " --help";

    public IReadOnlyList<string> Values => _values;

    /// <param name="words">What was typed.</param>
    /// <param name="options">The options that take a value.</param>
    /// <param name="flags">Those that take none.</param>
    /// <param name="shortNames">A dash and a letter, and what they stand for; null = there are none.</param>
    /// <param name="command">The sub-command, for the message; null = the program itself.</param>
    /// <param name="repeatable">Those of the options that may be given several times.</param>
    /// <exception cref="UsageException">An option is not known, has no value, or is given twice and may not be.</exception>
    public static Arguments Read(
        ReadOnlySpan<string> words,
        ReadOnlySpan<string> options,
        ReadOnlySpan<string> flags,
        IReadOnlyDictionary<string, string>? shortNames = null,
        string? command = null,
        params ReadOnlySpan<string> repeatable)
    {
        var read = new Arguments(command);
        bool onlyValues = false;
        for (int i = 0; i < words.Length; i++)
        {
            string word = words[i];
            if (onlyValues || !IsOption(word))
            {
                read._values.Add(word);
                continue;
            }

            word = shortNames?.GetValueOrDefault(word) ?? word;
            if (word == "--")
            {
                onlyValues = true;
            }
            else if (flags.Contains(word))
            {
                read._flags.Add(word);
            }
            else
            {
                i += read.AddOption(word, i + 1 < words.Length ? words[i + 1] : null, options, flags);
            }
        }

        read.CheckRepeated(repeatable);
        return read;
    }

    public bool Has(string flag) => _flags.Contains(flag);

    /// <summary>The value; null = it was not given.</summary>
    public string? One(string option) => _options.Find(given => given.Key == option).Value;

    public string[] All(string option) => [.. _options.FindAll(given => given.Key == option).ConvertAll(given => given.Value)];

    // A negative number is a value, and so is a lone dash.
    private static bool IsOption(string word) => word is ['-', '-', ..] || (word is ['-', var letter, ..] && char.IsAsciiLetter(letter));

    // Which of two different values was meant is not to be guessed, and of two that are the same one may be a slip for another option's.
    private void CheckRepeated(ReadOnlySpan<string> repeatable)
    {
        foreach ((string option, string value) in _options)
        {
            if (!repeatable.Contains(option) && All(option) is [_, var other, ..])
            {
                throw new UsageException($"{option} is given twice, as '{Name.Printable(value)}' and as '{Name.Printable(other)}': once is right. See {_help}.");
            }
        }
    }

    // How many further words were used.
    private int AddOption(string word, string? next, ReadOnlySpan<string> options, ReadOnlySpan<string> flags)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? word : word[..equals];
        if (flags.Contains(name))
        {
            throw new UsageException($"{name} takes no value. See {_help}.");
        }

        if (!options.Contains(name))
        {
            string meant = Nearest.To(name, [.. options, .. flags, "--help"]) is { } near ? $"; did you mean {near}?" : ".";
            throw new UsageException($"There is no option {name}{meant} See {_help}.");
        }

        string value = equals >= 0 ? word[(equals + 1)..] : next ?? throw new UsageException($"{name} needs a value. See {_help}.");
        _options.Add(new(name, value));
        return equals >= 0 ? 0 : 1;
    }
}
