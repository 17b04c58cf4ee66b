using System.Text;
using System.Text.Json;
using TrustRpc.Client.CommandLine;
using TrustRpc.Management;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary><c>sync</c>: takes part in sync from standard input.</summary>
internal static class SyncCommand
{
    public static Command Description => new("sync", "Takes part in sync: lines of JSON in and out")
    {
        Options =
        [
            new("--id", "ID", "this client's id, by which others find it") { Default = "one of this process alone" },
            Option.Server,
        ],
        Notes =
        [
            "Each line of standard input is a message, and each message that comes in is a line on standard output.",
            """A message is {"type": "HEARTBEAT" | "DATA_UPDATE" | "COMMAND" | "RESPONSE", "client_uuid": ID, "payload": ANY}; COMMAND and RESPONSE name in client_uuid for whom they are. Signs of life are sent by themselves. The end of the input ends it, behind the answers to all of it.""",
            "A line that is no message is left out and named on standard error; the exit code is 2 then.",
        ],
        Examples = ["""echo '{"type": "DATA_UPDATE", "payload": {"room": "A1"}}' | trustrpc sync"""],
        RunAsync = RunAsync,
    };

    private static async Task<int> RunAsync(Arguments arguments)
    {
        using StopSignals signals = new();
        RpcClientOptions options = new() { ClientId = arguments.One("--id") is { } id ? Name.Check(id, "--id") : null };
        await using RpcClient client = await RpcClient.ConnectAsync(ServerAddress.Of(arguments), options, signals.Token);
        Console.OutputEncoding = Encoding.UTF8;
        Console.Error.WriteLine($"In sync with '{client.Server.Name}'.");
        return await Managed.RunAsync(client, async () =>
        {
            bool isSound = true;
            using OutputLines output = new();
            IAsyncEnumerable<SyncMessage> messages = MessagesAsync(() => isSound = false);
            await foreach (SyncMessage message in new ManagementClient(client).SyncAsync(messages, signals.Token))
            {
                output.WriteLine(JsonLine.Of(message));
                output.Flush();
                if (output.IsClosed)
                {
                    break;
                }
            }

            return isSound ? ExitCode.Done : ExitCode.Usage;
        });
    }

    private static async IAsyncEnumerable<SyncMessage> MessagesAsync(Action leftOut)
    {
        // A read from the console cannot be given up, so it has a thread that the end of the program does not wait for.
        for (int number = 1; await Task.Run(Console.In.ReadLine) is { } line; number++)
        {
            if (line.Length == 0)
            {
                continue;
            }

            if (Read(line) is { } message)
            {
                yield return message;
                continue;
            }

            Console.Error.WriteLine($"Line {number} of standard input is no message and was left out: it needs a type, as in {{\"type\": \"HEARTBEAT\"}}. See sync --help.");
            leftOut();
        }
    }

    private static SyncMessage? Read(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<SyncMessage>(line);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
