using System.Globalization;
using System.Text;
using TrustRpc.Client.CommandLine;
using TrustRpc.Management;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary><c>clients</c>: who is there, and who was, as a table.</summary>
internal static class ClientsCommand
{
    private const int PageSize = 500;

    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    public static Command Description => new("clients", "Prints the clients that the server has seen, by name")
    {
        Options =
        [
            new("--online", null, "only clients that are connected"),
            new("--offline", null, "only clients that are not"),
            new("--find", "TEXT", "only clients whose name has the text in it"),
            new("--page", "N", $"which page of {PageSize}, from 0") { Default = "0" },
            new("--forget", "ID", "instead, have the server forget a client that is not connected"),
            new("--watch", null, "print it again every second, in place, until Ctrl+C"),
            Option.Json,
            Option.Server,
        ],
        Examples = ["trustrpc clients --online --watch"],
        RunAsync = RunAsync,
    };

    private static async Task<int> RunAsync(Arguments arguments)
    {
        if (arguments.Has("--online") && arguments.Has("--offline"))
        {
            throw new UsageException("clients takes one of --online and --offline. See clients --help.");
        }

        int page = 0;
        if (arguments.One("--page") is { } text && !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out page))
        {
            throw new UsageException($"--page {text}: that is no number from 0 on.");
        }

        using StopSignals signals = new();
        RpcClientOptions options = new() { Reconnect = arguments.Has("--watch") ? new RpcReconnectOptions() : null };
        await using RpcClient client = await RpcClient.ConnectAsync(ServerAddress.Of(arguments), options, signals.Token);
        return await Managed.RunAsync(client, () => RunAsync(new ManagementClient(client), arguments, page, signals.Token));
    }

    private static async Task<int> RunAsync(ManagementClient management, Arguments arguments, int page, CancellationToken cancellationToken)
    {
        if (arguments.One("--forget") is { } forgotten)
        {
            if (!await management.ForgetClientAsync(forgotten, cancellationToken))
            {
                Console.Error.WriteLine($"There is no client '{Name.Printable(forgotten)}'.");
                return ExitCode.MethodFailed;
            }

            return ExitCode.Done;
        }

        bool? online = arguments.Has("--online") ? true : arguments.Has("--offline") ? false : null;
        Console.OutputEncoding = Encoding.UTF8;
        using OutputLines lines = new();
        while (true)
        {
            ClientList list = await management.ListClientsAsync(page, PageSize, online, arguments.One("--find"), cancellationToken);
            string output = arguments.Has("--json") ? JsonLine.Of(list) : ClientTable.Of(list, TimeProvider.System.GetUtcNow());
            if (!arguments.Has("--watch"))
            {
                lines.WriteLine(output);
                return ExitCode.Done;
            }

            lines.WriteLine(Terminal.Output.InPlace(output));
            lines.Flush();
            if (lines.IsClosed)
            {
                return ExitCode.Done;
            }

            await Task.Delay(WatchInterval, cancellationToken);
        }
    }
}
