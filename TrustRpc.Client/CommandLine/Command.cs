using TrustRpc.Programs;

namespace TrustRpc.Client.CommandLine;

/// <summary>One sub-command as a user meets it. Its help, its completion, its page and the check of its words are all made from this.</summary>
/// <param name="Name">What is typed.</param>
/// <param name="Summary">What it does, in one line without a full stop.</param>
internal sealed record Command(string Name, string Summary)
{
    /// <summary>The words that are no options, in their order.</summary>
    public IReadOnlyList<Operand> Operands { get; init; } = [];

    /// <summary>Without <c>--help</c>, which every sub-command has.</summary>
    public IReadOnlyList<Option> Options { get; init; } = [];

    /// <summary>What else there is to know, a paragraph each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Tables of its own below the options.</summary>
    public IReadOnlyList<HelpTable> Tables { get; init; } = [];

    /// <summary>Whole command lines that work, at least one.</summary>
    public required IReadOnlyList<string> Examples { get; init; }

    public IReadOnlyList<ExitMeaning> ExitCodes { get; init; } = ExitMeaning.OfCalls;

    /// <summary>Does it and returns the exit code.</summary>
    public required Func<Arguments, Task<int>> RunAsync { get; init; }

    public IEnumerable<Option> AllOptions => Options.Append(Option.Help);

    /// <summary>Checks the words against the description and runs it; where they ask for help, gives that.</summary>
    /// <exception cref="UsageException">The words do not fit.</exception>
    public Task<int> StartAsync(ReadOnlySpan<string> words)
    {
        if (AsksForHelp(words))
        {
            Console.WriteLine(HelpPage.Of(this, Terminal.Output));
            return Task.FromResult(ExitCode.Done);
        }

        return RunAsync(Read(words));
    }

    private static bool AsksForHelp(ReadOnlySpan<string> words)
    {
        int end = words.IndexOf("--");
        return (end < 0 ? words : words[..end]).IndexOfAny(Option.Help.Name, Option.Help.Short) >= 0;
    }

    private Arguments Read(ReadOnlySpan<string> words)
    {
        var arguments = Arguments.Read(
            words,
            [.. Options.Where(option => option.Value is not null).Select(option => option.Name)],
            [.. Options.Where(option => option.Value is null).Select(option => option.Name)],
            Options.Where(option => option.Short is not null).ToDictionary(option => option.Short!, option => option.Name),
            Name,
            [.. Options.Where(option => option.MayRepeat).Select(option => option.Name)]);
        int count = arguments.Values.Count;
        if (Operands.Count(operand => !operand.IsOptional) > count)
        {
            Operand missing = Operands[count];
            throw new UsageException($"{Name} needs {missing.Name}: {missing.Text}. See {Name} --help.");
        }

        if (count > Operands.Count && !Operands.Any(operand => operand.IsRepeated))
        {
            throw new UsageException($"'{arguments.Values[Operands.Count]}' is one word too many. See {Name} --help.");
        }

        return arguments;
    }
}
