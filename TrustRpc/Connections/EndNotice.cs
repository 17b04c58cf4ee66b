namespace TrustRpc.Connections;

/// <summary>
/// Tells that a connection has ended: first whoever waits for that, then its one owner, then those who have asked for the end. The owner hears of it from
/// the reader, once that does nothing more, where the end came while it read the last bytes. Thread-safe.
/// </summary>
internal sealed class EndNotice(RpcConnection connection)
{
    private LazyCompletion<string> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LazyCompletion<bool> _gone = new(TaskCreationOptions.None);
    private LazyCompletion<bool> _told = new(TaskCreationOptions.None);
    private Action<RpcConnection, string>? _owner;
    private int _readingThread;
    private bool _isReaders;

    /// <summary>Completes with the reason, for the world.</summary>
    public Task<string> Closed => _closed.Task;

    /// <summary>Completes right after <see cref="Closed"/>; who waits for it goes on on the thread that has ended the connection, and must not block.</summary>
    public Task Gone => _gone.Task;

    /// <summary>Completes when the owner has been told as well.</summary>
    public Task Told => _told.Task;

    /// <summary>Has the reason of the end told to the connection's one owner, who must not block; at once, where it has ended.</summary>
    public void OnEnd(Action<RpcConnection, string> tell)
    {
        if (Interlocked.CompareExchange(ref _owner, tell, null) is not null)
        {
            tell(connection, _closed.Task.Result);
        }
    }

    /// <summary>For the reader: it has read the last bytes, and will say when it does nothing more.</summary>
    public void ReadTheLast() => Volatile.Write(ref _readingThread, Environment.CurrentManagedThreadId);

    /// <summary>For the reader: it does nothing more.</summary>
    public void LeaveReading()
    {
        Volatile.Write(ref _readingThread, 0);
        if (_isReaders)
        {
            Tell();
        }
    }

    /// <summary>The connection has ended; to be called once.</summary>
    public void Give(string reason)
    {
        _closed.TrySetResult(reason);
        _gone.TrySetResult(true);
        if (Volatile.Read(ref _readingThread) == Environment.CurrentManagedThreadId)
        {
            _isReaders = true;
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(static notice => notice.Tell(), this, preferLocal: false);
        }
    }

    private void Tell()
    {
        Interlocked.Exchange(ref _owner, static (_, _) => { })?.Invoke(connection, _closed.Task.Result);
        _told.TrySetResult(true);
    }
}
