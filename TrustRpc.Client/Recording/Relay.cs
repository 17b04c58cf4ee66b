using TrustRpc.Programs;

namespace TrustRpc.Client.Recording;

/// <summary>One conversation through the recorder: two connections, each with a proof of its own, and every message passed on and written down.</summary>
internal sealed class Relay(int number, RecordingWriter recording)
{
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    /// <summary>Connects to the server in the client's name and passes on until either side ends. Disposes the client's stream.</summary>
    /// <returns>How it ended.</returns>
    public async Task<string> RunAsync(TrustStream client, RpcEndpoint server, CancellationToken stop)
    {
        string end;
        await using (FrameStream near = new(client))
        {
            try
            {
                RpcClientOptions options = new() { ClientId = client.PeerId, ClientName = client.PeerName, MaxFrameLength = client.MaxFrameLength };
                TrustStream onward = await TrustStream.ConnectAsync(server, options, stop);
                recording.Opened(number, client, onward.PeerName);
                await using FrameStream far = new(onward);
                end = await PassOnAsync(near, client, far, onward, stop);
            }
            catch (OperationCanceledException)
            {
                end = "the recording was ended";
            }
            catch (RpcException e)
            {
                end = $"the server could not be reached: {Run.OneLine(e.Message)}";
            }
        }

        recording.Closed(number, end);
        return end;
    }

    private async Task<string> PassOnAsync(FrameStream near, TrustStream client, FrameStream far, TrustStream server, CancellationToken stop)
    {
        Task<string> up = PassOnAsync(near, far, RecordingWriter.ToServer, "the client", stop);
        Task<string> down = PassOnAsync(far, near, RecordingWriter.ToClient, "the server", stop);
        Task<string> first = await Task.WhenAny(up, down);
        string end = await first;
        (Task<string> other, TrustStream toTell) = first == up ? (down, server) : (up, client);
        await FarewellAsync(other, toTell);

        // Disposing both ends what still waits; it is waited for, so that nothing is written after the last line.
        await near.DisposeAsync();
        await far.DisposeAsync();
        await other;
        return end;
    }

    private async Task<string> PassOnAsync(FrameStream from, FrameStream to, string direction, string sender, CancellationToken stop)
    {
        try
        {
            while (await from.ReadAsync(stop) is { } message)
            {
                recording.Message(number, direction, message);
                await to.WriteAsync(message, stop);
            }

            return $"{sender} ended it";
        }
        catch (OperationCanceledException)
        {
            return "the recording was ended";
        }
        catch (ArgumentOutOfRangeException)
        {
            return $"{sender} sent a message that the other side does not take";
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return $"{sender}: {Run.OneLine(e.Message)}";
        }
    }

    // In sealed mode the end of one direction can be told; in plain mode closing tells it.
    private static async Task FarewellAsync(Task<string> other, TrustStream toTell)
    {
        try
        {
            using CancellationTokenSource deadline = new(LastWords);
            await toTell.ShutdownAsync(deadline.Token);
            if (toTell.Mode == HandshakeMode.Sealed)
            {
                await other.WaitAsync(deadline.Token);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // Gone already, or not listening.
        }
    }
}
