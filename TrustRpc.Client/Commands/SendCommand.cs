using System.Text.Json;
using TrustRpc.Client.CommandLine;
using TrustRpc.Management;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary><c>send</c>: a command to a client, or to all that are connected.</summary>
internal static class SendCommand
{
    public static Command Description => new("send", "Has a client execute a command and prints its result as JSON")
    {
        Operands =
        [
            new("CLIENT", "the id of a client, several with commas between, or * for all that are connected with an id of their own: then there is a line of JSON for each"),
            new("COMMAND", "which of its commands"),
            new("JSON", "the payload", IsOptional: true),
        ],
        Options =
        [
            new("--timeout", "SECONDS", "how long a client has") { Default = "30" },
            Option.Server,
        ],
        Notes = ["Progress goes to standard error. Exit code 1 also where a client has no such command or it failed, and where one of several did."],
        Examples =
        [
            "trustrpc send lab-pc-7 get_schedule '\"monday\"'",
            "trustrpc send lab-pc-7 run_report '{\"pages\": 5}'",
            "trustrpc send '*' ping",
        ],
        RunAsync = RunAsync,
    };

    private static async Task<int> RunAsync(Arguments arguments)
    {
        JsonElement? payload = arguments.Values.Count == 3 ? Payload(arguments.Values[2]) : null;
        TimeSpan? timeout = arguments.One("--timeout") is { } seconds ? Seconds.Read("--timeout", seconds) : null;
        using StopSignals signals = new();
        await using RpcClient client = await RpcClient.ConnectAsync(ServerAddress.Of(arguments), cancellationToken: signals.Token);
        return await Managed.RunAsync(client, () => SendAsync(new ManagementClient(client), arguments.Values[0], arguments.Values[1], payload, timeout, signals.Token));
    }

    private static async Task<int> SendAsync(ManagementClient management, string to, string command, JsonElement? payload, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        if (to == "*")
        {
            return Print(await management.SendCommandToAllAsync(command, payload, timeout, cancellationToken));
        }

        if (to.Contains(',', StringComparison.Ordinal))
        {
            string[] several = to.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return Print(await management.SendCommandAsync(several, command, payload, timeout, cancellationToken));
        }

        return Print(await management.SendCommandAsync(to, command, payload, timeout, new Reports(), cancellationToken));
    }

    private static JsonElement Payload(string text)
    {
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            throw new UsageException($"The payload {text} is no JSON; a text is written in double quotes: '\"monday\"'.");
        }
    }

    private static int Print(CommandResult result)
    {
        if (!result.Success)
        {
            Console.Error.WriteLine(Run.OneLine(Name.Printable(result.Message)));
            return ExitCode.MethodFailed;
        }

        using OutputLines output = new();
        output.Write(result.Result ?? JsonElement.Parse("null"));
        return ExitCode.Done;
    }

    private static int Print(FanOutResult result)
    {
        using OutputLines output = new();
        foreach (ClientCommandResult one in result.Results)
        {
            output.WriteLine(JsonLine.Of(one));
        }

        Console.Error.WriteLine(result.Message);
        return result.Success ? ExitCode.Done : ExitCode.MethodFailed;
    }

    private sealed class Reports : IProgress<JsonElement>
    {
        public void Report(JsonElement value) => Console.Error.WriteLine($"progress {Run.OneLine(Name.Printable(value.GetRawText()))}");
    }
}
