namespace TrustRpc.Hosting;

/// <summary>The connections of a server, no more than it may have: each is reported when it comes and when it has ended, in this order. Thread-safe.</summary>
internal sealed class ConnectedClients
{
    private readonly ServerLife _life;
    private readonly int _max;
    private readonly HashSet<RpcConnection> _connections = [];
    private readonly Lock _gate = new();
    private readonly Action<RpcConnection, string> _ended;
    private bool _takesNoMore;
    private int _unreported;
    private TaskCompletionSource? _empty;

    public ConnectedClients(ServerLife life, int max)
    {
        (_life, _max) = (life, max);
        _ended = Ended;
    }

    public bool IsFull
    {
        get
        {
            lock (_gate)
            {
                return _connections.Count >= _max;
            }
        }
    }

    public IReadOnlyCollection<RpcConnection> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _connections];
            }
        }
    }

    /// <summary>From here on none is added; whoever asks for <see cref="All"/> afterwards sees the last ones.</summary>
    public void TakeNoMore()
    {
        lock (_gate)
        {
            _takesNoMore = true;
        }
    }

    /// <summary>False where there are as many as may be, or no more are taken: it is not one of them, and nothing is reported.</summary>
    public bool TryAdd(RpcConnection connection)
    {
        lock (_gate)
        {
            if (_connections.Count >= _max || _takesNoMore)
            {
                return false;
            }

            _connections.Add(connection);
            _unreported++;
        }

        _life.RaiseConnected(connection);
        connection.OnEnd(_ended);
        return true;
    }

    /// <summary>Completes when the end of every connection has been reported; to be asked for once no more are added.</summary>
    public Task WhenEmpty()
    {
        lock (_gate)
        {
            return _unreported == 0 ? Task.CompletedTask : (_empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    // Handlers are the user's, and whoever tells of the end must not block.
    private void Ended(RpcConnection connection, string reason)
    {
        lock (_gate)
        {
            _connections.Remove(connection);
        }

        if (_life.IsDisconnectedHeard)
        {
            ThreadPool.UnsafeQueueUserWorkItem(_ => Report(connection, reason), null);
        }
        else
        {
            Report(connection, reason);
        }
    }

    private void Report(RpcConnection connection, string reason)
    {
        _life.RaiseDisconnected(connection, reason);
        lock (_gate)
        {
            if (--_unreported == 0)
            {
                _empty?.TrySetResult();
            }
        }
    }
}
