using System.IO.Enumeration;
using System.Text.Json;
using TrustRpc.Client.Commands;
using TrustRpc.Client.Discovery;
using TrustRpc.Programs;

namespace TrustRpc.Client.Prompt;

/// <summary>Runs the lines of a shell on one connection.</summary>
internal sealed class ShellSession(RpcClient client)
{
    private static readonly string[] OwnWords = ["call", "describe", "exit", "help", "methods", "stream"];

    private const string Help = """
        METHOD [ARGUMENT...]  calls it, and prints the result or the items of its stream;
                              arguments are JSON or texts: 2 3, or a=2 b=3, or {"a": [1, 2]};
                              @FILE is what stands in a file; NAME=@FILE, or --input FILE
                              behind the others, feeds a stream that the method takes with
                              a line of JSON for each item
        methods [PATTERN]     lists the methods
        describe METHOD       describes one; so does help METHOD
        call METHOD ...       the same as METHOD ..., for methods with a name of these;
                              so is stream METHOD ...
        help, exit

        A text with spaces stands in quotes: "Ada Lovelace". Tab completes, the arrow keys recall lines, Ctrl+C gives a call up, Ctrl+D ends.
        A line that begins with a space is not kept in the history; one that begins with # does nothing.
        """;

    private Catalogue? _catalogue;

    /// <summary>Whether somebody said that it is enough.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Gets to know the methods, where the server says what they are.</summary>
    /// <returns>How many there are; null = it does not say.</returns>
    public async Task<int?> LearnAsync(CancellationToken cancellationToken)
    {
        _catalogue = await Catalogue.TryAskAsync(client, cancellationToken);
        return _catalogue?.Methods.Count;
    }

    /// <summary>Runs one line; what goes wrong is a line on standard error.</summary>
    /// <returns>The exit code that the command alone would have.</returns>
    public async Task<int> RunAsync(string line, CancellationToken cancellationToken)
    {
        try
        {
            return await RunAsync(ShellWords.Split(line), cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Console.Error.WriteLine("Given up.");
            return ExitCode.Interrupted;
        }
        catch (Exception error) when (ExitCode.Explains(error))
        {
            Console.Error.WriteLine(Terminal.Error.Red(Run.OneLine(Name.Printable(error.Message))));
            return ExitCode.Of(error);
        }
    }

    /// <summary>What the word before the cursor can become: a command, a method, the name of a parameter.</summary>
    public (int Start, IReadOnlyList<string> Words) Complete(string before)
    {
        int start = before.LastIndexOf(' ') + 1;
        string[] words = before[..start].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        IReadOnlyList<OfferedMethod> methods = _catalogue?.Methods ?? [];
        return (start, words switch
        {
            [] => [.. OwnWords, .. methods.Select(method => method.Name)],
            ["describe" or "methods" or "call" or "stream"] => [.. methods.Select(method => method.Name)],
            ["call" or "stream", var called, ..] => ParametersOf(called),
            [var called, ..] => ParametersOf(called),
        });
    }

    private string[] ParametersOf(string method)
        => [.. (_catalogue?.Find(method)?.Parameters ?? []).Where(parameter => parameter.Kind != StreamKind.Progress).Select(parameter => parameter.Name + (parameter.Kind == StreamKind.None ? "=" : "=@"))];

    private async Task<int> RunAsync(string[] words, CancellationToken cancellationToken)
    {
        switch (words)
        {
            case [] or [['#', ..], ..]:
                return ExitCode.Done;
            case ["exit" or "quit"]:
                IsOver = true;
                return ExitCode.Done;
            case ["help", var method] when !OwnWords.Contains(method):
                return await RunAsync(["describe", method], cancellationToken);
            case ["help", ..]:
                Console.WriteLine(Help);
                return ExitCode.Done;
            case ["methods", .. var pattern] when pattern.Length <= 1:
                await LearnAsync(cancellationToken);
                Print(MethodsCommand.Table([.. Known().Methods.Where(method => pattern.Length == 0 || FileSystemName.MatchesSimpleExpression(pattern[0], method.Name))]));
                return ExitCode.Done;
            case ["describe", var name]:
                OfferedMethod described = Known().Find(name) ?? throw new RpcException(RpcErrorCode.MethodNotFound, Known().Miss(name));
                Print(MethodPage.Of(described, ExampleCall.Of(described, null).Replace("trustrpc call ", "", StringComparison.Ordinal).Replace("trustrpc stream ", "", StringComparison.Ordinal), Terminal.Output));
                return ExitCode.Done;
            case ["call" or "stream" or "describe"]:
                throw new UsageException($"{words[0]} needs METHOD: the name of a method. See: help");
            case ["call" or "stream", var name, .. var arguments]:
                return await CallAsync(name, arguments, cancellationToken);
            default:
                return await CallAsync(words[0], words[1..], cancellationToken);
        }
    }

    private async Task<int> CallAsync(string name, string[] words, CancellationToken cancellationToken)
    {
        // One that was added since, perhaps.
        if (_catalogue is not null && _catalogue.Find(name) is null)
        {
            await LearnAsync(cancellationToken);
        }

        OfferedMethod? method = _catalogue?.Find(name);
        if (_catalogue is not null && method is null && !name.StartsWith("rpc.", StringComparison.Ordinal))
        {
            throw new RpcException(RpcErrorCode.MethodNotFound, _catalogue.Miss(name).Replace("trustrpc methods", "methods", StringComparison.Ordinal));
        }

        using ProgressBar bar = new(total: null);
        using OutputLines output = new();
        using StreamArguments arguments = new(Plain(words, out string? input), name, method, input);
        object values = arguments.ToValues(bar, cancellationToken);
        try
        {
            if (method is { Streams: true })
            {
                await StreamCommand.PrintAsync(client.StreamAsync<JsonElement>(name, values, cancellationToken), long.MaxValue, output, bar);
            }
            else
            {
                JsonElement result = await client.CallAsync<JsonElement>(name, values, cancellationToken);
                bar.Clear();
                output.Write(result);
            }
        }
        catch (Exception) when (arguments.Failure is { } failure)
        {
            throw failure;
        }

        return ExitCode.Done;
    }

    // The words without --input and its file.
    private static List<string> Plain(string[] words, out string? input)
    {
        input = null;
        List<string> plain = [];
        for (int i = 0; i < words.Length; i++)
        {
            if (words[i] == "--input")
            {
                input = i + 1 < words.Length ? words[++i] : throw new UsageException("--input needs a file.");
            }
            else
            {
                plain.Add(words[i]);
            }
        }

        return input == ArgumentWord.StandardInput || plain.Exists(word => word[((CallArguments.NameIn(word)?.Length + 1) ?? 0)..] == ArgumentWord.StandardInput)
            ? throw new UsageException("Standard input (-) is what the shell itself reads; @FILE is what stands in a file.")
            : plain;
    }

    private Catalogue Known() => _catalogue ?? throw new RpcException(RpcErrorCode.MethodNotFound, "The server does not say what it offers.");

    private static void Print(string text)
    {
        using OutputLines output = new();
        output.WriteLine(text);
    }
}
