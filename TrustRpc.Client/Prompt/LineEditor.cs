namespace TrustRpc.Client.Prompt;

/// <summary>
/// Has somebody edit a line: the keys that shells have, a history and completion. The line stays in one row of the terminal and scrolls sideways where it is longer.
/// </summary>
/// <param name="screen">The terminal.</param>
/// <param name="history">Gets each line that was entered.</param>
/// <param name="complete">What a line can go on with: where the word begins that is completed, and what it could be.</param>
internal sealed class LineEditor(IScreen screen, History history, Func<string, (int Start, IReadOnlyList<string> Words)> complete)
{
    private const int MostShown = 100;
    private const int NarrowestView = 8;

    private readonly LineBuffer _line = new();
    private string _prompt = "";
    private int _first;

    /// <summary>Reads one line.</summary>
    /// <returns>What was entered; empty where it was given up with Ctrl+C; null where Ctrl+D ended it all.</returns>
    public string? Read(string prompt)
    {
        _prompt = prompt;
        _line.Set("");
        _first = 0;
        history.Begin();
        Draw();
        while (true)
        {
            ConsoleKeyInfo key = screen.ReadKey();
            switch (key)
            {
                case { Key: ConsoleKey.Enter }:
                    screen.Write("\n");
                    history.Add(_line.Text);
                    return _line.Text;
                case { Key: ConsoleKey.C, Modifiers: ConsoleModifiers.Control }:
                    screen.Write("^C\n");
                    return "";
                case { Key: ConsoleKey.D, Modifiers: ConsoleModifiers.Control } when _line.Text.Length == 0:
                    screen.Write("\n");
                    return null;
                default:
                    Edit(key);
                    break;
            }

            Draw();
        }
    }

    private void Edit(ConsoleKeyInfo key)
    {
        Action? edit = (key.Key, key.Modifiers) switch
        {
            (ConsoleKey.LeftArrow, ConsoleModifiers.Control) => _line.WordLeft,
            (ConsoleKey.RightArrow, ConsoleModifiers.Control) => _line.WordRight,
            (ConsoleKey.LeftArrow, _) or (ConsoleKey.B, ConsoleModifiers.Control) => _line.Left,
            (ConsoleKey.RightArrow, _) or (ConsoleKey.F, ConsoleModifiers.Control) => _line.Right,
            (ConsoleKey.Home, _) or (ConsoleKey.A, ConsoleModifiers.Control) => _line.Home,
            (ConsoleKey.End, _) or (ConsoleKey.E, ConsoleModifiers.Control) => _line.End,
            (ConsoleKey.UpArrow, _) or (ConsoleKey.P, ConsoleModifiers.Control) => () => Recall(history.Earlier(_line.Text)),
            (ConsoleKey.DownArrow, _) or (ConsoleKey.N, ConsoleModifiers.Control) => () => Recall(history.Later()),
            (ConsoleKey.Backspace, _) or (ConsoleKey.H, ConsoleModifiers.Control) => _line.Backspace,
            (ConsoleKey.Delete, _) or (ConsoleKey.D, ConsoleModifiers.Control) => _line.Delete,
            (ConsoleKey.K, ConsoleModifiers.Control) => _line.KillToEnd,
            (ConsoleKey.U, ConsoleModifiers.Control) => _line.KillToStart,
            (ConsoleKey.W, ConsoleModifiers.Control) => _line.KillWord,
            (ConsoleKey.Y, ConsoleModifiers.Control) => _line.Yank,
            (ConsoleKey.L, ConsoleModifiers.Control) => () => screen.Write("\e[H\e[2J"),
            (ConsoleKey.Tab, _) => Complete,
            _ => null,
        };
        if (edit is not null)
        {
            edit();
        }
        else if (!char.IsControl(key.KeyChar))
        {
            _line.Insert(key.KeyChar.ToString());
        }
    }

    private void Recall(string? line)
    {
        if (line is not null)
        {
            _line.Set(line);
        }
    }

    private void Complete()
    {
        (int start, IReadOnlyList<string> words) = complete(_line.BeforeCursor);
        string typed = _line.BeforeCursor[start..];
        string[] fitting = [.. words.Where(word => word.StartsWith(typed, StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal)];
        if (fitting.Length == 0)
        {
            return;
        }

        string common = fitting.Aggregate(static (a, b) => a[..a.AsSpan().CommonPrefixLength(b)]);
        string rest = common[typed.Length..];
        if (fitting.Length == 1 && !common.EndsWith('='))
        {
            rest += " ";
        }

        if (rest.Length > 0)
        {
            _line.Insert(rest);
        }
        else if (fitting.Length > 1)
        {
            Show(fitting);
        }
    }

    // Below the line, which is drawn anew behind them.
    private void Show(string[] words)
    {
        int column = words.Max(word => TextWidth.Of(word)) + 2;
        int columns = Math.Max(1, (screen.Width - 1) / column);
        screen.Write("\n");
        foreach (string[] row in words.Take(MostShown).Chunk(columns))
        {
            screen.Write(string.Concat(row.Select(word => word + new string(' ', column - TextWidth.Of(word)))).TrimEnd() + "\n");
        }

        if (words.Length > MostShown)
        {
            screen.Write($"and {words.Length - MostShown} more\n");
        }
    }

    private void Draw()
    {
        int space = Math.Max(NarrowestView, screen.Width - TextWidth.Of(_prompt) - 1);
        string text = _line.Text;
        int cursor = _line.Cursor;
        _first = Math.Min(_first, cursor);
        while (TextWidth.Of(text.AsSpan(_first, cursor - _first)) > space)
        {
            _first++;
        }

        int end = text.Length;
        while (TextWidth.Of(text.AsSpan(_first, end - _first)) > space)
        {
            end--;
        }

        int column = TextWidth.Of(_prompt) + TextWidth.Of(text.AsSpan(_first, cursor - _first));
        screen.Write($"\r{_prompt}{text[_first..end]}\e[K\r{(column > 0 ? $"\e[{column}C" : "")}");
    }
}
