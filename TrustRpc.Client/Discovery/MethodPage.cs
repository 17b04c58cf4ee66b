using TrustRpc.Client.CommandLine;
using TrustRpc.Programs;

namespace TrustRpc.Client.Discovery;

/// <summary>A method on a page for people.</summary>
internal static class MethodPage
{
    public static string Of(OfferedMethod method, string example, Terminal terminal)
    {
        HelpText page = new(terminal);
        page.Paragraph(terminal.Bold(Name.Printable(method.Name)) + (method.Summary.Length > 0 ? ": " + Name.Printable(method.Summary) : ""));
        if (method.IsDeprecated)
        {
            page.Paragraph(terminal.Yellow($"Deprecated. {Name.Printable(method.Deprecation)}".TrimEnd()));
        }

        if (method.TakesAnything)
        {
            page.Paragraph("It takes whatever it is given, by position or by name.");
        }

        if (method.Parameters.Count > 0)
        {
            page.Table(new("Parameters", [.. method.Parameters.SelectMany(Rows)]));
        }

        if (method.Result is { } result)
        {
            page.Table(new("Result", [(Name.Printable(result.Type), Name.Printable(result.Summary)), .. Members(result.Schema)]));
        }

        return page.Heading("Example").Line(example).ToString();
    }

    private static IEnumerable<(string Term, string Text)> Rows(OfferedValue parameter)
    {
        string left = parameter.IsRequired ? "" : parameter.Kind != StreamKind.None || parameter.Schema.Default is not { } value ? "; may be left out" : $"; default: {value.GetRawText()}";
        string summary = parameter.Summary.Length > 0 ? $"; {parameter.Summary}" : "";
        return [(Name.Printable(parameter.Name), Name.Printable(parameter.Type + left + summary)), .. Members(parameter.Schema)];
    }

    private static IEnumerable<(string Term, string Text)> Members(Schema schema)
        => schema.Members().Select(member => (
            Name.Printable($"  .{member.Name}{(member.IsRequired ? "" : "?")}"),
            Name.Printable(member.Schema.Type + (member.Schema.Description.Length > 0 ? $"; {member.Schema.Description}" : ""))));
}
