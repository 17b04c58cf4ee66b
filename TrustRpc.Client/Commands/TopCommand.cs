using System.Globalization;
using System.Text.Json;
using TrustRpc.Client.CommandLine;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary><c>top</c>: a server's live figures, until it is told to stop.</summary>
internal static class TopCommand
{
    private const int DefaultInterval = 1;

    public static Command Description => new("top", "Shows a server's live figures: calls, errors and times by method")
    {
        Operands = [new("URI", "the server, as with --server", IsOptional: true)],
        Options =
        [
            Option.Server,
            new("--interval", "SECONDS", "how often") { Default = DefaultInterval.ToString(CultureInfo.InvariantCulture) },
            new("--count", "N", "end after so many times") { Default = "never" },
            new("--json", null, "print what the server answers, one line each time"),
        ],
        Notes = ["The server must allow it: RpcServerOptions.AllowStatistics, or --stats of TrustRpc.Server."],
        Examples = ["trustrpc top tcp://127.0.0.1:8888 --interval 5"],
        RunAsync = RunAsync,
    };

    private static async Task<int> RunAsync(Arguments arguments)
    {
        RpcEndpoint server = ServerAddress.Of(arguments, arguments.Values is [var uri] ? uri : null);
        TimeSpan interval = Seconds.Read("--interval", arguments.One("--interval") ?? DefaultInterval.ToString(CultureInfo.InvariantCulture));
        long most = Numbers.Read("--count", arguments.One("--count"), 0, long.MaxValue);
        using StopSignals signals = new();
        await using RpcClient client = await RpcClient.ConnectAsync(server, cancellationToken: signals.Token);
        using OutputLines output = new();
        Figures? before = null;
        for (long shown = 1; ; shown++)
        {
            JsonElement answer = await AskAsync(client, signals.Token);
            Figures now = Figures.Read(answer);
            output.WriteLine((arguments.Has("--json") ? answer.GetRawText() : Terminal.Output.InPlace(now.Show(server.ToString(), before))).TrimEnd('\n'));
            output.Flush();
            if (shown == most || output.IsClosed)
            {
                return ExitCode.Done;
            }

            before = now;
            await Task.Delay(interval, signals.Token);
        }
    }

    private static async Task<JsonElement> AskAsync(RpcClient client, CancellationToken cancellationToken)
    {
        try
        {
            return await client.CallAsync<JsonElement>("rpc.stats", cancellationToken: cancellationToken);
        }
        catch (RpcCallException e) when (e.Code == RpcErrorCode.MethodNotFound)
        {
            // A server that lets nobody does not know the method; for whoever asks it is one that is not permitted.
            throw new RpcException(
                RpcErrorCode.PermissionDenied, $"'{client.Server.Name}' does not give its figures (rpc.stats). It has to allow it: RpcServerOptions.AllowStatistics, or --stats of TrustRpc.Server.", e);
        }
    }
}
