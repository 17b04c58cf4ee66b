using System.Globalization;
using System.Text;
using TrustRpc.Management;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary><c>subscribe</c>: what happens on the server, as it happens.</summary>
internal static class SubscribeCommand
{
    private static string Help => $"""
        Prints the server's events as they come, until Ctrl+C. Connects again by itself and goes on behind the last event; what was missed is a 'gap'.

        Usage:  dotnet run --project TrustRpc.Client -- subscribe [TYPE...] [OPTIONS]

        A TYPE is the name of a kind of event, or its beginning and a *: 'client_*'. None = all.

        Options:
          --json            one line of JSON for each event
          --after N         begin behind the event with that number, as far as the server's history goes; 0 = with the oldest
          {ServerAddress.Help}
          --help            this

        Example:
          dotnet run --project TrustRpc.Client -- subscribe 'client_*' command_completed --json
        """;

    public static async Task<int> RunAsync(string[] words)
    {
        Arguments arguments = Arguments.Read(words, ["--server", "--after"], ["--json", "--help"]);
        if (arguments.Has("--help"))
        {
            Console.WriteLine(Help);
            return ExitCode.Done;
        }

        long? after = null;
        if (arguments.One("--after") is { } text)
        {
            after = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : throw new UsageException($"--after {text}: that is no number from 0 on.");
        }

        using StopSignals signals = new();
        RpcClientOptions options = new() { Reconnect = new RpcReconnectOptions() };
        await using RpcClient client = await RpcClient.ConnectAsync(ServerAddress.Of(arguments), options, signals.Token);
        Console.OutputEncoding = Encoding.UTF8;
        await foreach (ServerEvent e in new ManagementClient(client).SubscribeAsync(arguments.Values, resume: true, after, signals.Token))
        {
            Console.WriteLine(arguments.Has("--json") ? JsonLine.Of(e) : Line(e));
        }

        return ExitCode.Done;
    }

    private static string Line(ServerEvent e)
    {
        string time = DateTimeOffset.FromUnixTimeMilliseconds(e.Timestamp).ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
        string payload = e.Payload is { } value ? Run.OneLine(Name.Printable(value.GetRawText())) : "";
        return $"{Terminal.Output.Dim(time)} {Terminal.Output.Bold(Name.Printable(e.EventType))} {payload}".TrimEnd();
    }
}
