using TrustRpc.Client.CommandLine;
using TrustRpc.Client.Discovery;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary><c>describe</c>: one method with its parameters, its result and an example that can be run.</summary>
internal static class DescribeCommand
{
    public static Command Description => new("describe", "Describes a method and shows an example call")
    {
        Operands = [Operand.Method],
        Options =
        [
            new("--json", null, "print it as an OpenRPC method object"),
            Option.Server,
        ],
        Examples = ["trustrpc describe add"],
        RunAsync = RunAsync,
    };

    private static async Task<int> RunAsync(Arguments arguments)
    {
        using StopSignals signals = new();
        await using RpcClient client = await RpcClient.ConnectAsync(ServerAddress.Of(arguments), cancellationToken: signals.Token);
        Catalogue catalogue = await Catalogue.AskAsync(client, signals.Token);
        OfferedMethod method = catalogue.Find(arguments.Values[0]) ?? throw new RpcException(RpcErrorCode.MethodNotFound, catalogue.Miss(arguments.Values[0]));
        using OutputLines output = new();
        if (arguments.Has("--json"))
        {
            output.Write(method.Page);
        }
        else
        {
            output.WriteLine(MethodPage.Of(method, ExampleCall.Of(method, arguments.One(Option.Server.Name)), Terminal.Output));
        }

        return ExitCode.Done;
    }
}
