using System.Globalization;
using System.Text.Json;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary><c>top</c>: a server's live figures, until it is told to stop.</summary>
internal static class TopCommand
{
    private const int DefaultInterval = 1;
    private const string Clear = "\e[H\e[J";

    private static string Help => $"""
        Shows a server's live figures: calls a second, errors and times by method, connections, streams. Ctrl+C ends it.

        Usage:  dotnet run --project TrustRpc.Client -- top [URI] [OPTIONS]

        Options:
          {ServerAddress.Help}
          --interval SECONDS
                            how often; default: {DefaultInterval}
          --count N         ends after so many times; default: never
          --json            prints what the server answers, one line each time
          --help            this

        The server must allow it: RpcServerOptions.AllowStatistics, or --stats of TrustRpc.Server.
        {CallCommand.ExitCodes}

        Example:
          dotnet run --project TrustRpc.Client -- top tcp://127.0.0.1:8888 --interval 5
        """;

    public static async Task<int> RunAsync(string[] words)
    {
        Arguments arguments = Arguments.Read(words, ["--server", "--interval", "--count"], ["--json", "--help"]);
        if (arguments.Has("--help"))
        {
            Console.WriteLine(Help);
            return ExitCode.Done;
        }

        RpcEndpoint server = arguments.Values switch
        {
            [] => ServerAddress.Of(arguments),
            [var uri] => RpcEndpoint.Parse(uri),
            _ => throw new UsageException("top takes one address. See top --help."),
        };
        TimeSpan interval = Seconds.Read("--interval", arguments.One("--interval") ?? DefaultInterval.ToString(CultureInfo.InvariantCulture));
        int most = Count(arguments.One("--count"));
        using StopSignals signals = new();
        await using RpcClient client = await RpcClient.ConnectAsync(server, cancellationToken: signals.Token);
        Figures? before = null;
        for (int shown = 1; ; shown++)
        {
            JsonElement answer = await client.CallAsync<JsonElement>("rpc.stats", cancellationToken: signals.Token);
            Figures now = Figures.Read(answer);
            Console.Write(arguments.Has("--json") ? answer.GetRawText() + "\n" : (Console.IsOutputRedirected ? "" : Clear) + now.Show(server.ToString(), before));
            if (shown == most)
            {
                return ExitCode.Done;
            }

            before = now;
            await Task.Delay(interval, signals.Token);
        }
    }

    private static int Count(string? text)
        => text is null ? 0
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0 ? count
        : throw new UsageException($"--count {text}: that is not a number from 1 on.");
}
