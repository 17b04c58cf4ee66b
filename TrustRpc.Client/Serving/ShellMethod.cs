using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using TrustRpc.Programs;

namespace TrustRpc.Client.Serving;

/// <summary>A method that is a shell command: what it prints is the result.</summary>
internal sealed class ShellMethod
{
    private const int MostOutput = 1024 * 1024;
    private const int LongestLine = 64 * 1024;

    private readonly string _command;

    private ShellMethod(string name, string command) => (Name, _command) = (name, command);

    public string Name { get; }

    /// <summary>Takes apart <c>NAME=COMMAND</c>.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static ShellMethod Parse(string option, string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && !string.IsNullOrWhiteSpace(text[(equals + 1)..])
            ? new ShellMethod(text[..equals].Trim(), text[(equals + 1)..])
            : throw new UsageException($"{option} {text}: that is not NAME=COMMAND, as in {option} 'date=date -u'.");
    }

    /// <summary>Runs it; the result is JSON where the output is, else a text.</summary>
    public async Task<JsonElement> CallAsync(RpcArguments arguments, CancellationToken cancellationToken)
    {
        await using ShellRun run = await ShellRun.StartAsync(Name, _command, arguments, cancellationToken);
        byte[] output = await OutputReader.AllAsync(run.Output, MostOutput, cancellationToken)
            ?? throw new RpcException($"'{Name}' prints more than {MostOutput} bytes.");
        await run.EndAsync(cancellationToken);
        return Value(output);
    }

    /// <summary>Runs it; each line is an item, as it comes.</summary>
    public async IAsyncEnumerable<JsonElement> StreamAsync(RpcArguments arguments, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using ShellRun run = await ShellRun.StartAsync(Name, _command, arguments, cancellationToken);
        await foreach (byte[] line in OutputReader.LinesAsync(run.Output, LongestLine, cancellationToken))
        {
            yield return Value(line);
        }

        await run.EndAsync(cancellationToken);
    }

    private static JsonElement Value(byte[] output)
    {
        try
        {
            return JsonElement.Parse(output);
        }
        catch (JsonException)
        {
            string text = Encoding.UTF8.GetString(output);
            return JsonSerializer.SerializeToElement(text.EndsWith('\n') ? text[..^1].TrimEnd('\r') : text);
        }
    }
}
