using TrustRpc.Diagnostics;
using TrustRpc.Transports;

namespace TrustRpc.Hosting;

/// <summary>The listeners of a server and who accepts from them, until it stops. Thread-safe.</summary>
internal sealed class ServerListeners
{
    private readonly Lock _gate = new();
    private readonly List<IStreamListener> _listeners = [];
    private readonly List<Task> _accepting = [];
    private volatile bool _hasStopped;

    public bool HasStopped => _hasStopped;

    /// <summary>Where they listen, as bound.</summary>
    public IReadOnlyList<RpcEndpoint> Endpoints
    {
        get
        {
            lock (_gate)
            {
                return [.. _listeners.Select(listener => listener.Endpoint)];
            }
        }
    }

    /// <summary>Binds all of the endpoints, or none.</summary>
    public static async Task<List<IStreamListener>> BindAsync(IEnumerable<RpcEndpoint> endpoints, Action<RpcEndpoint> check, TransportOptions options, CancellationToken cancellationToken)
    {
        List<IStreamListener> bound = [];
        try
        {
            foreach (RpcEndpoint endpoint in endpoints)
            {
                check(endpoint);
                bound.Add(await Transport.ListenAsync(endpoint, options, cancellationToken).ConfigureAwait(false));
            }

            return bound;
        }
        catch
        {
            await CloseAsync(bound).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Accepts from listeners that are bound. Where the server has been stopped meanwhile they are closed: nobody else would.</summary>
    /// <exception cref="ObjectDisposedException">The server has been stopped.</exception>
    public async Task ServeAsync(List<IStreamListener> bound, Acceptor acceptor, string name)
    {
        if (!TryServe(bound, acceptor, name))
        {
            await CloseAsync(bound).ConfigureAwait(false);
            throw new ObjectDisposedException(nameof(RpcServer), "The server was stopped while it began to listen; it listens nowhere.");
        }
    }

    /// <summary>From here on none is served.</summary>
    public void TakeNoMore()
    {
        lock (_gate)
        {
            _hasStopped = true;
        }
    }

    /// <summary>Closes all, and waits until nothing more is accepted; to be called after <see cref="TakeNoMore"/>.</summary>
    public async Task CloseAsync()
    {
        List<IStreamListener> listeners;
        Task accepting;
        lock (_gate)
        {
            listeners = [.. _listeners];
            _listeners.Clear();
            accepting = Task.WhenAll(_accepting);
        }

        await CloseAsync(listeners).ConfigureAwait(false);
        await accepting.ConfigureAwait(false);
    }

    private bool TryServe(List<IStreamListener> bound, Acceptor acceptor, string name)
    {
        string[] endpoints = [.. bound.Select(static listener => listener.Endpoint.ToString())];
        lock (_gate)
        {
            if (_hasStopped)
            {
                return false;
            }

            foreach (IStreamListener listener in bound)
            {
                _listeners.Add(listener);
                _accepting.Add(acceptor.AcceptAllAsync(listener));
            }
        }

        // Whoever listens to the log is the program's own.
        foreach (string endpoint in endpoints)
        {
            RpcEventSource.Log.Listening(endpoint, name, acceptor.TrustId.Fingerprint);
        }

        return true;
    }

    private static async Task CloseAsync(List<IStreamListener> listeners)
    {
        foreach (IStreamListener listener in listeners)
        {
            await listener.DisposeAsync().ConfigureAwait(false);
        }
    }
}
