using TrustRpc.Programs;

namespace TrustRpc.Client.CommandLine;

/// <summary>The help of the program as a whole.</summary>
internal static class HelpOverview
{
    public static string Text(Terminal terminal)
    {
        HelpText page = new HelpText(terminal).Paragraph("Calls what a TrustRpc server offers, from a shell.");
        page.Heading("Usage")
            .Line("trustrpc COMMAND [ARGUMENTS] [OPTIONS]")
            .Line("trustrpc COMMAND --help           an explanation with examples")
            .Line("trustrpc                          a demonstration that needs nothing");
        int widest = CommandTable.Names.Max(name => name.Length);
        foreach (CommandGroup group in CommandTable.Groups)
        {
            page.Table(new(group.Heading, [.. group.Commands.Select(command => (command.Name, command.Summary))]), widest);
        }

        return page
            .Paragraph($"The server is --server URI, else {Option.Server.Default}.")
            .Paragraph("The secret is the variable TRUST_ID, else that name in the nearest .env. Results go to standard output, an error is one line on standard error.")
            .Table(HelpPage.ExitCodes(ExitMeaning.OfCalls))
            .Heading("Examples")
            .Line("trustrpc methods")
            .Line("trustrpc call greet Ada --server tcp://127.0.0.1:8888")
            .Paragraph("From the sources:  alias trustrpc='dotnet run --project TrustRpc.Client --'")
            .ToString();
    }
}
