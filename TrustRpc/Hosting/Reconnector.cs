using TrustRpc.Connections;
using TrustRpc.Diagnostics;

namespace TrustRpc.Hosting;

/// <summary>
/// Keeps a client connected: notices that its connection takes no new calls any more, makes the next one, and leaves the old one to finish what is under way.
/// Thread-safe.
/// </summary>
internal sealed class Reconnector : IAsyncDisposable
{
    /// <summary>The reason for whoever has met the end of a connection before it was told here.</summary>
    private const string JustEnded = "the connection has just ended";

    private readonly Redialer _dialer;
    private readonly ClientStates _states;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<RpcConnection> _leaving = [];
    private readonly TaskCompletionSource<string> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource<RpcConnection?> _next = NewPromise();
    private RpcConnection? _current;
    private RpcConnection _latest;
    private string _reason = JustEnded;
    private bool _isClosed;

    public Reconnector(RpcConnection first, Redialer dialer, ClientStates states)
    {
        (_current, _latest, _dialer, _states) = (first, first, dialer, states);
        Watch(first);
    }

    /// <summary>The connection for new calls; null while there is none. It may be about to end without anybody having noticed.</summary>
    public RpcConnection? Current => Volatile.Read(ref _current);

    /// <summary>The current connection, else the last one.</summary>
    public RpcConnection Latest => Volatile.Read(ref _latest);

    /// <summary>As <see cref="RpcClient.Closed"/>.</summary>
    public Task<string> Closed => _closed.Task;

    /// <summary>Why there is no connection, as far as known, for the errors of calls that wait for one.</summary>
    public string Reason
    {
        get
        {
            lock (_gate)
            {
                return _isClosed ? _reason : $"{_reason}: {_dialer.LastFailure ?? "connecting again."}";
            }
        }
    }

    /// <summary>A connection that is not the one just tried; null once there will be none any more.</summary>
    public Task<RpcConnection?> WhenConnected(RpcConnection? tried)
    {
        lock (_gate)
        {
            return _isClosed || (_current is not null && _current != tried) ? Task.FromResult(_current) : _next.Task;
        }
    }

    /// <summary>Ends all connections in order, and the making of new ones at once. Never throws.</summary>
    public async ValueTask DisposeAsync()
    {
        const string reason = "this side closed it";
        Task closing = Task.WhenAll(Finish(reason, null).Select(connection => connection.CloseAsync()));

        // Not waited for: whatever hangs on the way to a server, hangs there.
        _ = _stop.CancelAsync();
        await closing.ConfigureAwait(false);
        _closed.TrySetResult(reason);
    }

    private static TaskCompletionSource<RpcConnection?> NewPromise() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The next connection is made on a thread of its own, in the place of the one that has read the last: those who block until it is there need no free thread of the pool, and neither may this.
    private void Watch(RpcConnection connection) => connection.OnNoMoreCalls(() =>
    {
        if (!Volatile.Read(ref _isClosed))
        {
            ReaderThread.Run(() => Replace(connection));
        }
    });

    private void Replace(RpcConnection connection)
    {
        try
        {
            string reason = connection.NoMoreCalls.Result;
            if (connection.IsDismissed)
            {
                throw new RpcConnectionException($"The server '{connection.Peer.Name}' does not want this client back: {reason}.");
            }

            if (!TryLose(connection, reason))
            {
                return;
            }

            RpcConnection next = _dialer.Connect(_stop.Token);
            if (!TryUse(next))
            {
                next.Abort();
                return;
            }

            Watch(next);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Closed meanwhile; whoever did that does the rest.
        }
        catch (Exception e)
        {
            RpcEventSource.Log.GaveUp(_dialer.Names, e.Message);
            Finish(e.Message.TrimEnd('.'), e);
            _closed.TrySetResult(e.Message);
        }
    }

    // False where it is this side that ends it, with the client: no server is bothered with another one.
    private bool TryLose(RpcConnection connection, string reason)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return false;
            }

            Volatile.Write(ref _current, null);
            _reason = reason;
            _leaving.RemoveAll(old => old.Closed.IsCompleted);
            _leaving.Add(connection);
            _states.Change(RpcClientState.Reconnecting, reason);
        }

        RpcEventSource.Log.Reconnecting(_dialer.Names, reason);
        return true;
    }

    private bool TryUse(RpcConnection connection)
    {
        TaskCompletionSource<RpcConnection?> next;
        lock (_gate)
        {
            if (_isClosed)
            {
                return false;
            }

            next = _next;
            _next = NewPromise();
            _reason = JustEnded;
            Volatile.Write(ref _latest, connection);
            Volatile.Write(ref _current, connection);
            _states.Change(RpcClientState.Connected, $"{Place(connection)} answered");
        }

        next.TrySetResult(connection);
        RpcEventSource.Log.Reconnected(Place(connection), connection.Peer.Name, connection.Peer.Session);
        return true;
    }

    // The connections that there are.
    private RpcConnection[] Finish(string reason, Exception? error)
    {
        RpcConnection[] connections;
        lock (_gate)
        {
            _states.Change(RpcClientState.Closed, reason, error);
            if (_current is { } current)
            {
                _leaving.Add(current);
                Volatile.Write(ref _current, null);
            }

            if (!_isClosed)
            {
                _isClosed = true;
                _reason = $"{reason}.";
            }

            connections = [.. _leaving];
        }

        _next.TrySetResult(null);
        return connections;
    }

    private static string Place(RpcConnection connection) => connection.Peer.Endpoint?.ToString() ?? connection.Peer.Name;
}
