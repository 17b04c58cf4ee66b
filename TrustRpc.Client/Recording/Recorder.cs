using TrustRpc.Programs;

namespace TrustRpc.Client.Recording;

/// <summary>Takes clients in and gives each a <see cref="Relay"/>.</summary>
internal sealed class Recorder(RecordingWriter recording, RpcEndpoint server) : IAsyncDisposable
{
    private const int MostAtOnce = 256;

    private readonly List<TrustListener> _listeners = [];
    private readonly List<Task> _accepting = [];
    private readonly CancellationTokenSource _end = new();
    private readonly SemaphoreSlim _places = new(MostAtOnce);
    private int _conversations;

    public int Conversations => Volatile.Read(ref _conversations);

    /// <returns>Where it really listens.</returns>
    /// <exception cref="UsageException">It cannot listen there.</exception>
    public async Task<RpcEndpoint> ListenAsync(RpcEndpoint endpoint, RpcServerOptions options, CancellationToken cancellationToken)
    {
        try
        {
            TrustListener listener = await TrustListener.ListenAsync(endpoint, options, cancellationToken);
            _listeners.Add(listener);
            _accepting.Add(AcceptAllAsync(listener));
            return listener.Endpoint;
        }
        catch (RpcConnectionException e)
        {
            throw new UsageException(e.Message);
        }
    }

    /// <summary>Ends the conversations and waits for it. Doing it twice does no harm.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        foreach (TrustListener listener in _listeners)
        {
            await listener.DisposeAsync();
        }

        await Task.WhenAll(_accepting);
        for (int i = 0; i < MostAtOnce; i++)
        {
            await _places.WaitAsync(CancellationToken.None);
        }

        _places.Release(MostAtOnce);
    }

    private async Task AcceptAllAsync(TrustListener listener)
    {
        while (await listener.AcceptAsync() is { } client)
        {
            await _places.WaitAsync(CancellationToken.None);
            _ = RelayAsync(client);
        }
    }

    private async Task RelayAsync(TrustStream client)
    {
        int number = Interlocked.Increment(ref _conversations);
        string name = Name.Printable(client.PeerName);
        Console.Error.WriteLine($"{number}: '{name}' is here");
        try
        {
            string end = await new Relay(number, recording).RunAsync(client, server, _end.Token);
            Console.Error.WriteLine($"{number}: {Name.Printable(end)}");
        }
        catch (IOException e)
        {
            Console.Error.WriteLine($"{number}: {Run.OneLine(e.Message)}");
        }
        finally
        {
            _places.Release();
        }
    }
}
