using System.Collections.Concurrent;

namespace TrustRpc.Hosting;

/// <summary>The connections of a server: each is reported when it comes and when it has ended, in this order. Thread-safe.</summary>
internal sealed class ConnectedClients(ServerLife life)
{
    private readonly ConcurrentDictionary<RpcConnection, bool> _connections = [];
    private readonly Lock _gate = new();
    private int _unreported;
    private TaskCompletionSource? _empty;

    public int Count => _connections.Count;

    public IReadOnlyCollection<RpcConnection> All => [.. _connections.Keys];

    public void Add(RpcConnection connection)
    {
        lock (_gate)
        {
            _unreported++;
        }

        _connections[connection] = true;
        life.RaiseConnected(connection);
        connection.OnEnd(reason => Ended(connection, reason));
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
        _connections.TryRemove(connection, out _);
        if (life.IsDisconnectedHeard)
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
        life.RaiseDisconnected(connection, reason);
        lock (_gate)
        {
            if (--_unreported == 0)
            {
                _empty?.TrySetResult();
            }
        }
    }
}
