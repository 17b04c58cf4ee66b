using TrustRpc.Programs;

namespace TrustRpc.Client.CommandLine;

/// <summary>The help of one sub-command.</summary>
internal static class HelpPage
{
    public static string Of(Command command, Terminal terminal)
    {
        HelpText page = new HelpText(terminal).Paragraph(command.Summary + ".");
        page.Heading("Usage").Line(string.Join(' ', ["trustrpc", command.Name, .. command.Operands.Select(operand => operand.Usage), "[OPTIONS]"]));
        if (command.Operands.Count > 0)
        {
            page.Table(new("Arguments", [.. command.Operands.Select(operand => (operand.Name, operand.Text))]));
        }

        page.Table(new("Options", [.. command.AllOptions.Select(option => (option.Term, option.Explanation))]));
        foreach (HelpTable table in command.Tables)
        {
            page.Table(table);
        }

        foreach (string note in command.Notes)
        {
            page.Paragraph(note);
        }

        page.Table(ExitCodes(command.ExitCodes));
        page.Heading(command.Examples.Count == 1 ? "Example" : "Examples");
        foreach (string example in command.Examples)
        {
            page.Line(example);
        }

        return page.ToString();
    }

    public static HelpTable ExitCodes(IReadOnlyList<ExitMeaning> meanings)
        => new("Exit codes", [.. meanings.Select(meaning => ($"{meaning.Code,3}", meaning.Text))]);
}
