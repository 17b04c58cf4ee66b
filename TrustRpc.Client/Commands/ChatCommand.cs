using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary><c>chat</c>: lines of text to everyone who is there. Handshake and frames, no RPC.</summary>
internal static class ChatCommand
{
    private static string Help => $"""
        Sends each line of standard input to everyone in the chat and prints what they write. End with Ctrl+D (Windows: Ctrl+Z) or Ctrl+C.

        Usage:  dotnet run --project TrustRpc.Client -- chat [--name NAME] [--server URI]

        Options:
          --name NAME       what the others see; default: the user's name
          --server URI      the chat server; default: {DefaultEndpoints.ChatTcp}
          --help            this

        Example, with 'dotnet run --project TrustRpc.Server -- chat' in another terminal:
          dotnet run --project TrustRpc.Client -- chat --name ada
        """;

    public static async Task<int> RunAsync(string[] words)
    {
        Arguments arguments = Arguments.Read(words, ["--server", "--name"], ["--help"]);
        if (arguments.Has("--help"))
        {
            Console.WriteLine(Help);
            return ExitCode.Done;
        }

        if (arguments.Values.Count > 0)
        {
            throw new UsageException($"'{arguments.Values[0]}' is not an option; what you want to say is typed after the start. See chat --help.");
        }

        using StopSignals signals = new();
        string name = Name.Check(arguments.One("--name") ?? Environment.UserName);
        RpcEndpoint server = RpcEndpoint.Parse(arguments.One("--server") ?? DefaultEndpoints.ChatTcp);
        TrustStream stream = await TrustStream.ConnectAsync(server, new RpcClientOptions { ClientName = name }, signals.Token);
        await using FrameStream frames = new(stream);
        Console.Error.WriteLine($"In the chat of '{stream.PeerName}' at {server} as '{name}'.");
        Task printing = PrintAllAsync(frames);
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
    private static async Task PrintAllAsync(FrameStream frames)
    {
        while (await frames.ReadAsync() is { } bytes)
        {
            ChatMessage line = ChatMessage.Read(bytes);
            Console.WriteLine($"{Terminal.Output.Bold(Name.Printable(line.From))}: {Name.Printable(line.Text ?? "")}");
        }
    }
}
