using TrustRpc.Programs;

namespace TrustRpc.Server.Commands;

/// <summary><c>chat</c>: relays lines of text between clients. Handshake and frames, no RPC.</summary>
internal static class ChatCommand
{
    private static string Help => $"""
        Relays each line that a client sends to all of them, the sender included. Handshake and frames, no RPC.
        Without --listen it listens on {DefaultEndpoints.ChatTcp}.

        {ListenOptions.Help}

        Example, in three terminals with the same TRUST_ID:
          dotnet run --project TrustRpc.Server -- chat
          dotnet run --project TrustRpc.Client -- chat --name ada
          dotnet run --project TrustRpc.Client -- chat --name bob
        """;

    public static async Task<int> RunAsync(string[] words)
    {
        Arguments arguments = Arguments.Read(words, ListenOptions.Names, ListenOptions.Flags, command: "chat", repeatable: ListenOptions.Repeatable);
        if (arguments.Has("--help"))
        {
            Console.WriteLine(Help);
            return ExitCode.Done;
        }

        var options = ListenOptions.Read(arguments, [DefaultEndpoints.ChatTcp]);
        using StopSignals signals = new();
        using RpcConsoleLog log = ConsoleLog.Open(arguments.Has("--verbose"));
        using ServerCertificate? certificate = options.LoadCertificate();
        TrustListener[] listeners = await ListenAsync(options, certificate, signals.Token);
        await using ChatRoom room = new();
        foreach (TrustListener listener in listeners)
        {
            StandardStreams.Tell($"Chat on {listener.Endpoint}");
        }

        Task[] accepting = Array.ConvertAll(listeners, room.AcceptAllAsync);
        await signals.Waiting();
        foreach (TrustListener listener in listeners)
        {
            await listener.DisposeAsync();
        }

        await Task.WhenAll(accepting);
        StandardStreams.Tell("Stopped.");
        return ExitCode.Done;
    }

    private static async Task<TrustListener[]> ListenAsync(ListenOptions options, ServerCertificate? certificate, CancellationToken cancellationToken)
    {
        List<TrustListener> listeners = [];
        try
        {
            foreach (RpcEndpoint endpoint in options.Endpoints)
            {
                listeners.Add(await TrustListener.ListenAsync(endpoint, options.ToServerOptions(certificate), cancellationToken));
            }

            return [.. listeners];
        }
        catch (RpcConnectionException e)
        {
            foreach (TrustListener listener in listeners)
            {
                await listener.DisposeAsync();
            }

            throw new UsageException(e.Message);
        }
    }
}
