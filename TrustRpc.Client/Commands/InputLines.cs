using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using TrustRpc.Client.Discovery;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary>The items of a stream that a method takes, a line each.</summary>
internal sealed class InputLines(StreamReader reader, string path) : IDisposable
{
    public bool IsStandardInput => path == ArgumentWord.StandardInput;

    /// <summary>What is wrong with a line; to be told instead of what becomes of the call for that reason.</summary>
    public UsageException? Failure { get; private set; }

    /// <param name="path">A file; <c>-</c> = standard input.</param>
    /// <param name="typed">What named it, for the message.</param>
    /// <exception cref="UsageException">It cannot be opened.</exception>
    public static InputLines Open(string path, string typed)
    {
        try
        {
            Stream stream = path == ArgumentWord.StandardInput ? StandardStreams.OpenInput() : File.OpenRead(path);
            return new InputLines(new StreamReader(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true)), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{typed} cannot be read: {FileReason.Of(e)}");
        }
    }

    public async IAsyncEnumerable<object?> ReadAsync(Schema item, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (int number = 1; ; number++)
        {
            // A read from the console cannot be given up; the end of the program does not wait for it.
            Task<string?> reading = Task.Run(reader.ReadLineAsync, CancellationToken.None);
            string? line = await reading.WaitAsync(cancellationToken);
            if (line is null)
            {
                yield break;
            }

            if (line.Length > 0)
            {
                yield return Read(line, number, item);
            }
        }
    }

    public void Dispose() => reader.Dispose();

    private object? Read(string line, int number, Schema item)
    {
        try
        {
            JsonElement value = JsonElement.Parse(line);
            return value.ValueKind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False && item.NamesText && item.Forbids(value) ? line : value;
        }
        catch (JsonException) when (item.NamesText)
        {
            return line;
        }
        catch (JsonException)
        {
            throw Failure = new UsageException($"Line {number} of {(IsStandardInput ? "standard input" : path)} is no JSON: {ArgumentWord.Shorten(line)}");
        }
    }
}
