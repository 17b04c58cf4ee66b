using System.Globalization;
using System.Text;
using TrustRpc.Management;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary><c>clients</c>: who is there, and who was, as a table.</summary>
internal static class ClientsCommand
{
    private const int PageSize = 500;

    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    private static string Help => $"""
        Prints the clients that the server has seen, by name.

        Usage:  dotnet run --project TrustRpc.Client -- clients [OPTIONS]

        Options:
          --online          those alone that are connected
          --offline         those alone that are not
          --find TEXT       those alone whose name has the text in it
          --page N          which page of {PageSize}, from 0
          --forget ID       have the server forget a client that is not connected, instead
          --watch           print it again every second, in place, until Ctrl+C
          --json            the page as JSON instead
          {ServerAddress.Help}
          --help            this

        Example:
          dotnet run --project TrustRpc.Client -- clients --online --watch
        """;

    public static async Task<int> RunAsync(string[] words)
    {
        Arguments arguments = Arguments.Read(words, ["--server", "--find", "--page", "--forget"], ["--online", "--offline", "--watch", "--json", "--help"]);
        if (arguments.Has("--help"))
        {
            Console.WriteLine(Help);
            return ExitCode.Done;
        }

        if (arguments.Values.Count > 0 || (arguments.Has("--online") && arguments.Has("--offline")))
        {
            throw new UsageException("clients takes no values, and one of --online and --offline. See clients --help.");
        }

        int page = 0;
        if (arguments.One("--page") is { } text && !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out page))
        {
            throw new UsageException($"--page {text}: that is no number from 0 on.");
        }

        using StopSignals signals = new();
        RpcClientOptions options = new() { Reconnect = arguments.Has("--watch") ? new RpcReconnectOptions() : null };
        await using RpcClient client = await RpcClient.ConnectAsync(ServerAddress.Of(arguments), options, signals.Token);
        ManagementClient management = new(client);
        if (arguments.One("--forget") is { } forgotten)
        {
            if (!await management.ForgetClientAsync(forgotten, signals.Token))
            {
                Console.Error.WriteLine($"There is no client '{Name.Printable(forgotten)}'.");
                return ExitCode.MethodFailed;
            }

            return ExitCode.Done;
        }

        bool? online = arguments.Has("--online") ? true : arguments.Has("--offline") ? false : null;
        Console.OutputEncoding = Encoding.UTF8;
        while (true)
        {
            ClientList list = await management.ListClientsAsync(page, PageSize, online, arguments.One("--find"), signals.Token);
            string output = arguments.Has("--json") ? JsonLine.Of(list) : ClientTable.Of(list, TimeProvider.System.GetUtcNow());
            if (!arguments.Has("--watch"))
            {
                Console.WriteLine(output);
                return ExitCode.Done;
            }

            Console.WriteLine(Terminal.Output.InPlace(output));
            await Task.Delay(WatchInterval, signals.Token);
        }
    }
}
