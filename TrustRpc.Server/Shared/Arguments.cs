namespace TrustRpc.Programs;

/// <summary>
/// The words of a command line: options begin with <c>--</c> and take the next word (or <c>--name=value</c>), flags take none, the rest are values.
/// After a lone <c>--</c> everything is a value.
/// </summary>
internal sealed class Arguments
{
    private readonly List<KeyValuePair<string, string>> _options = [];
    private readonly HashSet<string> _flags = [];
    private readonly List<string> _values = [];

    private Arguments()
    {
    }

    public IReadOnlyList<string> Values => _values;

    /// <exception cref="UsageException">An option is not known or has no value.</exception>
    public static Arguments Read(ReadOnlySpan<string> words, ReadOnlySpan<string> options, ReadOnlySpan<string> flags)
    {
        var read = new Arguments();
        bool onlyValues = false;
        for (int i = 0; i < words.Length; i++)
        {
            string word = words[i];
            if (onlyValues || !word.StartsWith("--", StringComparison.Ordinal))
            {
                read._values.Add(word);
            }
            else if (word == "--")
            {
                onlyValues = true;
            }
            else if (flags.Contains(word))
            {
                read._flags.Add(word);
            }
            else
            {
                i += read.AddOption(word, i + 1 < words.Length ? words[i + 1] : null, options);
            }
        }

        return read;
    }

    public bool Has(string flag) => _flags.Contains(flag);

    /// <summary>The last value given; null = none.</summary>
    public string? One(string option) => _options.FindLast(given => given.Key == option).Value;

    public string[] All(string option) => [.. _options.FindAll(given => given.Key == option).ConvertAll(given => given.Value)];

    // How many further words were used.
    private int AddOption(string word, string? next, ReadOnlySpan<string> options)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? word : word[..equals];
        if (!options.Contains(name))
        {
            throw new UsageException($"There is no option {name}. See --help.");
        }

        string value = equals >= 0 ? word[(equals + 1)..] : next ?? throw new UsageException($"{name} needs a value. See --help.");
        _options.Add(new(name, value));
        return equals >= 0 ? 0 : 1;
    }
}
