using System.Text;
using System.Threading.Channels;

namespace TrustRpc.Tests.Support;

/// <summary>What a process prints, line by line as it comes: read at all times, so that a full pipe never stops the process.</summary>
internal sealed class ProgramLines
{
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly StringBuilder _all = new();
    private readonly Task _reading;

    public ProgramLines(StreamReader reader) => _reading = ReadAsync(reader);

    public async Task<string> WaitAsync(Predicate<string> isExpected, string expected, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (string line in _lines.Reader.ReadAllAsync(cancellationToken))
            {
                if (isExpected(line))
                {
                    return line;
                }
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"In time no line came with '{expected}', only:\n{Snapshot()}");
        }

        throw new InvalidOperationException($"The process ended without a line with '{expected}'. It printed:\n{Snapshot()}");
    }

    /// <summary>Everything, once the process has ended.</summary>
    public async Task<string> AllAsync()
    {
        await _reading;
        return Snapshot();
    }

    private async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_all)
            {
                _all.Append(line).Append('\n');
            }

            _lines.Writer.TryWrite(line);
        }

        _lines.Writer.Complete();
    }

    private string Snapshot()
    {
        lock (_all)
        {
            return _all.ToString();
        }
    }
}
