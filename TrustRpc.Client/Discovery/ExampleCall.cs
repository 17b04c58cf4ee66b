namespace TrustRpc.Client.Discovery;

/// <summary>A command line that calls a method, to be pasted into a shell.</summary>
internal static class ExampleCall
{
    private const int Items = 3;

    /// <param name="method">The method; what may be left out is left out.</param>
    /// <param name="server">The address that was given; null = none was.</param>
    public static string Of(OfferedMethod method, string? server)
    {
        string command = method.Streams || method.Input is not null || method.Progress is not null ? "stream" : "call";
        IEnumerable<string> words = method.Parameters
            .Where(parameter => parameter.IsRequired && parameter.Kind == StreamKind.None)
            .Select(parameter => Word(parameter.Schema));
        string line = string.Join(' ', ["trustrpc", command, Quote(method.Name), .. words]);
        line += server is null ? "" : $" --server {Quote(server)}";
        return method.Input is { } input ? $"printf '%s\\n' {string.Join(' ', Enumerable.Repeat(Quote(input.Schema.Example()), Items))} | {line} --input -" : line;
    }

    // A text goes without its quotation marks, which the shell would want quoted again.
    private static string Word(Schema schema)
    {
        string example = schema.Example();
        return schema.NamesText && example.StartsWith('"') ? Quote(example[1..^1]) : Quote(example);
    }

    private static string Quote(string word)
        => word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '/' or ':') ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
