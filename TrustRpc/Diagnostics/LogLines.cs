using System.Globalization;
using System.Text;
using TrustRpc.Threads;

namespace TrustRpc.Diagnostics;

/// <summary>Lines on their way to a writer, which may be slow or stand still: a thread of their own writes them, in their order. Thread-safe.</summary>
internal sealed class LogLines(Func<TextWriter> output) : IDisposable
{
    public const int MostWaiting = 1024;

    private const int MostCharacters = 1024 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly object _gate = new(); // Waited on, which a Lock cannot be.
    private readonly StringBuilder _waiting = new();
    private int _lines;
    private long _lost;
    private bool _ended;
    private Thread? _thread;

    /// <summary>Never waits for the writer.</summary>
    public void Add(string line)
    {
        lock (_gate)
        {
            if (_ended)
            {
                return;
            }

            if (_lines == MostWaiting || _waiting.Length + line.Length > MostCharacters)
            {
                _lost++;
                return;
            }

            _waiting.AppendLine(line);
            _lines++;
            // Where the system gives no thread the next line asks again.
            _thread ??= OwnThread.TryStart(Run, "TrustRpc log");
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Waits a while for what was added to be written; what a writer that stands still has not taken is lost.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _ended = true;
            Monitor.Pulse(_gate);
        }

        _thread?.Join(Patience);
    }

    private void Run()
    {
        while (Take() is { } text)
        {
            try
            {
                TextWriter writer = output();
                writer.Write(text);
                writer.Flush();
            }
            catch (Exception)
            {
                // Nobody can be told; whoever is served goes on.
            }
        }
    }

    // Null = the end.
    private string? Take()
    {
        lock (_gate)
        {
            while (_lines == 0 && !_ended)
            {
                Monitor.Wait(_gate);
            }

            if (_lost > 0)
            {
                _waiting.AppendLine(CultureInfo.InvariantCulture, $"{_lost} further lines were left out: they came faster than they could be written.");
                _lost = 0;
            }

            string? text = _waiting.Length > 0 ? _waiting.ToString() : null;
            _waiting.Clear();
            _lines = 0;
            return text;
        }
    }
}
