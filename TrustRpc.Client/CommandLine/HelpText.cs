using System.Text;
using TrustRpc.Programs;

namespace TrustRpc.Client.CommandLine;

/// <summary>Lays out help: headings, paragraphs and tables, broken at a width that every terminal has.</summary>
internal sealed class HelpText(Terminal terminal)
{
    private const int Width = 80;
    private const int Indent = 2;
    private const int Gap = 2;
    private const int WidestTerm = 20;

    private readonly StringBuilder _text = new();

    public HelpText Heading(string text)
    {
        Separate();
        _text.Append(terminal.Bold(text + ":")).Append('\n');
        return this;
    }

    public HelpText Paragraph(string text)
    {
        Separate();
        Wrap(text, 0, 0);
        return this;
    }

    /// <summary>A line as it is.</summary>
    public HelpText Line(string text)
    {
        _text.Append(' ', Indent).Append(text).Append('\n');
        return this;
    }

    /// <param name="table">The rows.</param>
    /// <param name="widest">How much room terms have; 0 = as much as these need.</param>
    public HelpText Table(HelpTable table, int widest = 0)
    {
        Heading(table.Heading);
        widest = widest > 0 ? widest : table.Rows.Max(row => row.Term.Length <= WidestTerm ? row.Term.Length : 0);
        foreach ((string term, string text) in table.Rows)
        {
            _text.Append(' ', Indent).Append(term);
            if (text.Length == 0)
            {
                _text.Append('\n');
                continue;
            }

            int column = Indent + widest + Gap;
            if (term.Length > widest)
            {
                _text.Append('\n');
                Wrap(text, column, 0);
            }
            else
            {
                _text.Append(' ', widest + Gap - term.Length);
                Wrap(text, column, column);
            }
        }

        return this;
    }

    public override string ToString() => _text.ToString().TrimEnd('\n');

    private void Separate() => _text.Append(_text.Length > 0 ? "\n" : "");

    // The first line begins at the column where the text already is.
    private void Wrap(string text, int column, int at)
    {
        foreach (string word in text.Split(' '))
        {
            if (at > column && at + 1 + word.Length > Width)
            {
                _text.Append('\n');
                at = 0;
            }

            if (at < column)
            {
                _text.Append(' ', column - at);
                at = column;
            }
            else if (at > column)
            {
                _text.Append(' ');
                at++;
            }

            _text.Append(word);
            at += word.Length;
        }

        _text.Append('\n');
    }
}
