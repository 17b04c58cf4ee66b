using TrustRpc.Diagnostics;

namespace TrustRpc.Hosting;

/// <summary>A client's state, and the announcement of its changes: in order, one at a time, on a thread of the pool, so that a handler may do what it likes. Thread-safe.</summary>
internal sealed class ClientStates(Func<bool> isHeard, Action<RpcStateChangedEventArgs> announce)
{
    private readonly Lock _gate = new();
    private readonly Queue<RpcStateChangedEventArgs> _changes = new();
    private RpcClientState _state;
    private bool _announcing;

    public RpcClientState State
    {
        get
        {
            lock (_gate)
            {
                return _state;
            }
        }
    }

    /// <summary>Changes the state, unless it is that already or the client has been closed.</summary>
    public void Change(RpcClientState state, string reason, Exception? error = null)
    {
        lock (_gate)
        {
            if (_state == state || _state == RpcClientState.Closed)
            {
                return;
            }

            _state = state;
            if (!isHeard())
            {
                return;
            }

            _changes.Enqueue(new RpcStateChangedEventArgs(state, reason, error));
            if (_announcing)
            {
                return;
            }

            _announcing = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static states => states.AnnounceAll(), this, preferLocal: false);
    }

    private void AnnounceAll()
    {
        while (TryTake() is { } change)
        {
            try
            {
                announce(change);
            }
            catch (Exception e)
            {
                RpcEventSource.Log.Advice($"A handler of RpcClient.StateChanged threw {e.GetType().Name}: {e.Message}");
            }
        }
    }

    private RpcStateChangedEventArgs? TryTake()
    {
        lock (_gate)
        {
            _announcing = _changes.TryDequeue(out RpcStateChangedEventArgs? change);
            return change;
        }
    }
}
