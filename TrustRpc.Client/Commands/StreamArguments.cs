using TrustRpc.Client.Discovery;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary>The arguments of a call with its streams and its progress among them: words as they were typed, and files whose lines feed what the method takes as streams.</summary>
internal sealed class StreamArguments : IDisposable
{
    private const string InputOption = "--input";

    private readonly OfferedMethod? _offered;
    private readonly CallArguments _words;
    private readonly Dictionary<string, InputLines> _inputs = new(StringComparer.Ordinal);

    /// <param name="words">What stands behind the method's name; <c>NAME=@FILE</c> feeds the stream of that name.</param>
    /// <param name="method">The name as it was typed.</param>
    /// <param name="offered">What the server says of the method: it alone tells which arguments are streams; null = nothing is known.</param>
    /// <param name="input">The file for the first stream that no word feeds; null = there is none.</param>
    /// <exception cref="UsageException">A file cannot be read, or a stream is fed twice, by nothing, or is not there.</exception>
    public StreamArguments(IEnumerable<string> words, string method, OfferedMethod? offered, string? input)
    {
        _offered = offered;
        try
        {
            _words = CallArguments.Read([.. words.Where(word => !TakesAsStream(word))]);
            if (input is not null)
            {
                Feed(input, method);
            }

            if (_words.ReadsStandardInput && _inputs.Values.Any(lines => lines.IsStandardInput))
            {
                throw new UsageException($"Standard input (-) is an argument already; {InputOption} takes a file then.");
            }

            if (Streams.FirstOrDefault(stream => stream.IsRequired && !_inputs.ContainsKey(stream.Name)) is { } needed)
            {
                throw new UsageException($"'{method}' takes a stream, '{needed.Name}': {InputOption} FILE or {needed.Name}=@FILE feeds it, a line of JSON for each item; - is standard input.");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What is wrong with a line of a file; to be told instead of what becomes of the call for that reason.</summary>
    public UsageException? Failure => _inputs.Values.Select(lines => lines.Failure).FirstOrDefault(failure => failure is not null);

    private IEnumerable<OfferedValue> Streams => _offered?.Parameters.Where(parameter => parameter.Kind == StreamKind.Sequence) ?? [];

    /// <summary>By position an array of values, by name a dictionary: what a call takes.</summary>
    /// <param name="bar">Is told the progress.</param>
    /// <param name="cancellationToken">Ends the streams.</param>
    public object ToValues(ProgressBar bar, CancellationToken cancellationToken)
    {
        if (_inputs.Count == 0)
        {
            return _words.ToValues(_offered, bar);
        }

        Dictionary<string, object?> values = _words.ByName(_offered);
        foreach (OfferedValue stream in Streams.Where(stream => _inputs.ContainsKey(stream.Name)))
        {
            values[stream.Name] = _inputs[stream.Name].ReadAsync(stream.Schema, cancellationToken);
        }

        if (_offered?.Progress is { } reported)
        {
            values.TryAdd(reported.Name, bar);
        }

        return values;
    }

    public void Dispose()
    {
        foreach (InputLines lines in _inputs.Values)
        {
            lines.Dispose();
        }
    }

    private bool TakesAsStream(string word)
    {
        if (CallArguments.NameIn(word) is not { } name || _offered?.Parameter(name) is not { Kind: StreamKind.Sequence } stream)
        {
            return false;
        }

        string value = word[(name.Length + 1)..];
        if (value != ArgumentWord.StandardInput && value is not ['@', _, ..])
        {
            throw new UsageException($"'{stream.Name}' is a stream: {stream.Name}=@FILE feeds it, a line of JSON for each item.");
        }

        if (!_inputs.TryAdd(stream.Name, InputLines.Open(value.TrimStart('@'), word)))
        {
            throw new UsageException($"The argument '{stream.Name}' is given twice.");
        }

        return true;
    }

    private void Feed(string input, string method)
    {
        if (_offered is null)
        {
            throw new UsageException($"The server does not say what its methods take, so {InputOption} has no place.");
        }

        OfferedValue open = Streams.FirstOrDefault(stream => !_inputs.ContainsKey(stream.Name))
            ?? throw new UsageException(_inputs.Count == 0 ? $"'{method}' takes no stream, so {InputOption} is of no use." : $"Each stream of '{method}' is fed already, so {InputOption} is of no use.");
        _inputs.Add(open.Name, InputLines.Open(input, $"{InputOption} {input}"));
    }
}
