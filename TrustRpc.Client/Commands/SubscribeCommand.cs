using System.Globalization;
using System.Text;
using TrustRpc.Client.CommandLine;
using TrustRpc.Management;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary><c>subscribe</c>: what happens on the server, as it happens.</summary>
internal static class SubscribeCommand
{
    public static Command Description => new("subscribe", "Prints the server's events as they come")
    {
        Operands = [new("TYPE", "a kind of event, or its beginning and a *: 'client_*'; none = all", IsOptional: true, IsRepeated: true)],
        Options =
        [
            new("--json", null, "one line of JSON for each event"),
            new("--after", "N", "begin behind the event with that number, as far as the server's history goes; 0 = with the oldest") { Default = "with the next" },
            Option.Server,
        ],
        Notes = ["It connects again by itself and goes on behind the last event, until Ctrl+C; what was missed is a 'gap'."],
        Examples = ["trustrpc subscribe 'client_*' command_completed --json"],
        RunAsync = RunAsync,
    };

    private static async Task<int> RunAsync(Arguments arguments)
    {
        long? after = null;
        if (arguments.One("--after") is { } text)
        {
            after = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : throw new UsageException($"--after {text}: that is no number from 0 on.");
        }

        using StopSignals signals = new();
        RpcClientOptions options = new() { Reconnect = new RpcReconnectOptions() };
        await using RpcClient client = await RpcClient.ConnectAsync(ServerAddress.Of(arguments), options, signals.Token);
        Console.OutputEncoding = Encoding.UTF8;
        return await Managed.RunAsync(client, async () =>
        {
            using OutputLines output = new();
            await foreach (ServerEvent e in new ManagementClient(client).SubscribeAsync(arguments.Values, resume: true, after, signals.Token))
            {
                output.WriteLine(arguments.Has("--json") ? JsonLine.Of(e) : Line(e));
                output.Flush();
                if (output.IsClosed)
                {
                    break;
                }
            }

            return ExitCode.Done;
        });
    }

    private static string Line(ServerEvent e)
    {
        string time = DateTimeOffset.FromUnixTimeMilliseconds(e.Timestamp).ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
        string payload = e.Payload is { } value ? Run.OneLine(Name.Printable(value.GetRawText())) : "";
        return $"{Terminal.Output.Dim(time)} {Terminal.Output.Bold(Name.Printable(e.EventType))} {payload}".TrimEnd();
    }
}
