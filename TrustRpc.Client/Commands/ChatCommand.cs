using TrustRpc.Client.CommandLine;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary><c>chat</c>: lines of text to everyone who is there. Handshake and frames, no RPC.</summary>
internal static class ChatCommand
{
    public static Command Description => new("chat", "Sends lines of text to everyone in the chat and prints theirs")
    {
        Options =
        [
            new("--name", "NAME", "what the others see") { Default = "the user's name" },
            new("--server", "URI", "the chat server") { Default = DefaultEndpoints.ChatTcp },
        ],
        Notes =
        [
            "Handshake and frames, no RPC. Ctrl+D (Windows: Ctrl+Z) or Ctrl+C ends it.",
            "The chat server is: dotnet run --project TrustRpc.Server -- chat",
        ],
        Examples = ["trustrpc chat --name ada"],
        RunAsync = RunAsync,
    };

    private static async Task<int> RunAsync(Arguments arguments)
    {
        using StopSignals signals = new();
        string name = Name.Check(arguments.One("--name") ?? Environment.UserName);
        RpcEndpoint server = RpcEndpoint.Parse(arguments.One("--server") ?? DefaultEndpoints.ChatTcp);
        SecretWarnings.Tell(arguments);
        TrustStream stream = await TrustStream.ConnectAsync(server, new RpcClientOptions { ClientName = name }, signals.Token);
        await using FrameStream frames = new(stream);
        Console.Error.WriteLine($"Connected to '{stream.PeerName}' at {server}.");
        Task printing = PrintAllAsync(frames, name);
        if (await Task.WhenAny(SendAllAsync(frames, name, signals.Token), printing) != printing)
        {
            await frames.WriteAsync(new ChatMessage(name, null).ToBytes());
        }

        await printing;
        await stream.ShutdownAsync();
        return ExitCode.Done;
    }

    private static async Task SendAllAsync(FrameStream frames, string name, CancellationToken cancellationToken)
    {
        // A read from the console cannot be given up, so it has a thread that the end of the program does not wait for.
        while (await Task.Run(Console.In.ReadLine, CancellationToken.None).WaitAsync(cancellationToken) is { } line)
        {
            if (line.Length > 0)
            {
                await frames.WriteAsync(new ChatMessage(name, line).ToBytes(), cancellationToken);
            }
        }
    }

    // Returns when the server has said all that there was to say.
    private static async Task PrintAllAsync(FrameStream frames, string name)
    {
        bool isIn = false;
        while (await frames.ReadAsync() is { } bytes)
        {
            ChatMessage line = ChatMessage.Read(bytes);
            if (!isIn)
            {
                // A chat greets whoever comes; what else speaks the handshake says nothing, or something else.
                Console.Error.WriteLine($"In the chat as '{name}'.");
                isIn = true;
            }

            Console.WriteLine($"{Terminal.Output.Bold(Name.Printable(line.From))}: {Name.Printable(line.Text ?? "")}");
        }
    }
}
