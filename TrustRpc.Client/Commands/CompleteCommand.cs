using TrustRpc.Client.CommandLine;
using TrustRpc.Client.Discovery;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary><c>complete</c>, which help does not show: what may stand in the place of the last word of a line, one a line. Never fails; nothing to say is nothing printed.</summary>
internal static class CompleteCommand
{
    // Somebody has pressed a key and waits; on a busy machine the connection alone takes its time.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static Command Description => new("complete", "Prints what may stand in the place of the last word")
    {
        Operands = [new("LINE", "the command line up to the cursor")],
        Examples = ["trustrpc complete -- 'trustrpc ca'"],
        RunAsync = RunAsync,
    };

    private static async Task<int> RunAsync(Arguments arguments)
    {
        TypedLine line = TypedLine.Read(arguments.Values[0]);
        IEnumerable<string> found = line.Wants == Completion.Methods ? await MethodsAsync(line.Server) : line.Candidates;
        foreach (string word in found.Where(word => word.StartsWith(line.Prefix, StringComparison.Ordinal)))
        {
            Console.Out.Write(Name.Printable(word) + "\n");
        }

        return ExitCode.Done;
    }

    private static async Task<IEnumerable<string>> MethodsAsync(string? server)
    {
        using CancellationTokenSource enough = new(Patience);
        try
        {
            RpcEndpoint endpoint = ServerAddress.Of(Arguments.Read(server is null ? [] : [Option.Server.Name, server], [Option.Server.Name], []));
            await using RpcClient client = await RpcClient.ConnectAsync(endpoint, cancellationToken: enough.Token);
            return (await Catalogue.AskAsync(client, enough.Token)).Methods.Select(method => method.Name);
        }
        catch (Exception e) when (e is OperationCanceledException || ExitCode.Explains(e))
        {
            return [];
        }
    }
}
