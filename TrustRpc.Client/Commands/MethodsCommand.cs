using System.IO.Enumeration;
using TrustRpc.Client.CommandLine;
using TrustRpc.Client.Discovery;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary><c>methods</c>: what a server offers, as a table.</summary>
internal static class MethodsCommand
{
    private const int MostCharacters = 40;

    private static readonly string[] Heading = ["METHOD", "ARGUMENTS", "RESULT", "SUMMARY"];

    public static Command Description => new("methods", "Lists the methods that a server offers")
    {
        Operands = [new("PATTERN", "only methods whose name is like it: * stands for any letters, ? for one", IsOptional: true)],
        Options =
        [
            new("--json", null, "print them as OpenRPC method objects, one line each"),
            Option.Server,
        ],
        Notes = ["What may be left out stands in brackets, ... for whatever one gives; trustrpc describe METHOD tells the rest."],
        ExitCodes = [new(ExitCode.Done, "done"), new(ExitCode.MethodFailed, "nothing is like the pattern"), .. ExitMeaning.OfCalls.Skip(2)],
        Examples = ["trustrpc methods", "trustrpc methods 'greeter.*' --json"],
        RunAsync = RunAsync,
    };

    public static string Table(OfferedMethod[] methods) => ConsoleTable.Of(Heading, Array.ConvertAll(methods, Row));

    private static async Task<int> RunAsync(Arguments arguments)
    {
        string pattern = arguments.Values is [var given] ? given : "*";
        using StopSignals signals = new();
        await using RpcClient client = await RpcClient.ConnectAsync(ServerAddress.Of(arguments), cancellationToken: signals.Token);
        Catalogue catalogue = await Catalogue.AskAsync(client, signals.Token);
        OfferedMethod[] found = [.. catalogue.Methods.Where(method => FileSystemName.MatchesSimpleExpression(pattern, method.Name))];
        if (found.Length == 0 && arguments.Values.Count > 0)
        {
            Console.Error.WriteLine($"Nothing here is like '{pattern}'; the server offers {Counted.Of(catalogue.Methods.Count, "method")}.");
            return ExitCode.MethodFailed;
        }

        using OutputLines output = new();
        if (arguments.Has("--json"))
        {
            Array.ForEach(found, method => output.Write(method.Page));
        }
        else
        {
            output.WriteLine(Table(found));
        }

        return ExitCode.Done;
    }

    private static string[] Row(OfferedMethod method) =>
    [
        Name.Printable(method.Name),
        method.TakesAnything ? "..." : Shorten(Name.Printable(string.Join(", ", method.Parameters.Select(parameter => parameter.IsRequired ? $"{parameter.Name}: {parameter.Type}" : $"[{parameter.Name}]")))),
        Shorten(Name.Printable(method.Result?.Type ?? "")),
        Name.Printable((method.IsDeprecated ? "(deprecated) " : "") + method.Summary),
    ];

    private static string Shorten(string text) => text.Length <= MostCharacters ? text : text[..(MostCharacters - 1)] + "…";
}
