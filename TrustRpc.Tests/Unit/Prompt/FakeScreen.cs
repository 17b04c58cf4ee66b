using System.Text;
using System.Text.RegularExpressions;
using TrustRpc.Client.Prompt;

namespace TrustRpc.Tests.Unit.Prompt;

/// <summary>A terminal whose keys are typed in advance, and which shows what would stand there: it knows the control sequences that the editor uses and no others.</summary>
internal sealed partial class FakeScreen : IScreen
{
    private readonly Queue<ConsoleKeyInfo> _keys = [];
    private readonly List<StringBuilder> _rows = [new()];
    private int _column;

    public int Width { get; init; } = 80;

    /// <summary>The rows that are not empty.</summary>
    public string[] Rows => [.. _rows.Select(row => row.ToString().TrimEnd()).Where(row => row.Length > 0)];

    public int Column => _column;

    /// <summary>What stood there before each key.</summary>
    public List<string> Frames { get; } = [];

    public FakeScreen Type(string text)
    {
        foreach (char c in text)
        {
            _keys.Enqueue(new ConsoleKeyInfo(c, ConsoleKey.None, false, false, false));
        }

        return this;
    }

    public FakeScreen Press(params ConsoleKey[] keys)
    {
        Array.ForEach(keys, key => _keys.Enqueue(new ConsoleKeyInfo('\0', key, false, false, false)));
        return this;
    }

    public FakeScreen Control(params ConsoleKey[] keys)
    {
        Array.ForEach(keys, key => _keys.Enqueue(new ConsoleKeyInfo('\u0001', key, false, false, true)));
        return this;
    }

    public ConsoleKeyInfo ReadKey()
    {
        Frames.Add(_rows[^1].ToString().TrimEnd());
        return _keys.Dequeue();
    }

    public void Write(string text)
    {
        foreach (Match part in Part().Matches(text))
        {
            Apply(part.Value);
        }
    }

    private void Apply(string part)
    {
        StringBuilder row = _rows[^1];
        switch (part)
        {
            case "\r":
                _column = 0;
                break;
            case "\n":
                _rows.Add(new StringBuilder());
                _column = 0;
                break;
            case "\e[K":
                row.Length = Math.Min(row.Length, _column);
                break;
            case "\e[H" or "\e[2J":
                _rows.RemoveRange(0, _rows.Count - 1);
                break;
            case ['\e', ..]:
                _column += int.Parse(part[2..^1]);
                break;
            default:
                if (_column == row.Length)
                {
                    row.Append(part);
                }
                else
                {
                    row[_column] = part[0];
                }

                _column++;
                break;
        }
    }

    [GeneratedRegex(@"\e\[\d*[A-Z]|.|\n|\r", RegexOptions.Singleline)]
    private static partial Regex Part();
}
