using System.Globalization;

namespace TrustRpc.Client.Prompt;

/// <summary>A line that is being edited, and where in it. What people see as one letter is one step, however many characters it has.</summary>
internal sealed class LineBuffer
{
    private const int Longest = 64 * 1024;

    private string _killed = "";

    public string Text { get; private set; } = "";

    /// <summary>In characters from the start.</summary>
    public int Cursor { get; private set; }

    public string BeforeCursor => Text[..Cursor];

    /// <summary>Replaces all of it; the cursor goes to the end.</summary>
    public void Set(string text) => (Text, Cursor) = (text, text.Length);

    public void Insert(string text)
    {
        if (Text.Length + text.Length <= Longest)
        {
            Text = Text.Insert(Cursor, text);
            Cursor += text.Length;
        }
    }

    public void Left() => Cursor = StepBefore(Cursor);

    public void Right() => Cursor = StepAfter(Cursor);

    public void Home() => Cursor = 0;

    public void End() => Cursor = Text.Length;

    public void WordLeft() => Cursor = WordStart();

    public void WordRight()
    {
        int at = Cursor;
        while (at < Text.Length && Text[at] == ' ')
        {
            at++;
        }

        while (at < Text.Length && Text[at] != ' ')
        {
            at++;
        }

        Cursor = at;
    }

    public void Backspace() => Remove(StepBefore(Cursor), Cursor);

    public void Delete() => Remove(Cursor, StepAfter(Cursor));

    public void KillToEnd() => Kill(Cursor, Text.Length);

    public void KillToStart() => Kill(0, Cursor);

    public void KillWord() => Kill(WordStart(), Cursor);

    /// <summary>Puts in again what was taken out last.</summary>
    public void Yank() => Insert(_killed);

    private void Kill(int start, int end)
    {
        _killed = end > start ? Text[start..end] : _killed;
        Remove(start, end);
    }

    private void Remove(int start, int end)
    {
        Text = Text.Remove(start, end - start);
        Cursor = start;
    }

    private int WordStart()
    {
        int at = Cursor;
        while (at > 0 && Text[at - 1] == ' ')
        {
            at--;
        }

        while (at > 0 && Text[at - 1] != ' ')
        {
            at--;
        }

        return at;
    }

    private int StepAfter(int at) => at + StringInfo.GetNextTextElementLength(Text, at);

    private int StepBefore(int at)
    {
        int step = 0;
        for (int next = 0; next < at; next = StepAfter(next))
        {
            step = next;
        }

        return step;
    }
}
