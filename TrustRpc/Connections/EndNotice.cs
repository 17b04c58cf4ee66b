namespace TrustRpc.Connections;

/// <summary>
/// Tells that a connection has ended: first whoever waits for that, then its one owner, then those who have asked for the end. The owner hears of it from
/// the reader, once that does nothing more, where the end came while it read the last bytes. Thread-safe.
/// </summary>
internal sealed class EndNotice(RpcConnection connection)
{
    /// <summary>In the place of a thread: the connection has ended, and whoever leaves first is to tell.</summary>
    private const int IsReaders = -1;

    private LazyCompletion<string> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LazyCompletion<bool> _gone = new(TaskCreationOptions.None);
    private LazyCompletion<bool> _told = new(TaskCreationOptions.None);
    private Action<RpcConnection, string>? _owner;

    // Who reads the last bytes, by the id of its thread; 0 = nobody. In one number with what it is to tell, because one that was stuck there and the one that has taken its place may leave at the same time.
    private int _reader;

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
    public void ReadTheLast() => Interlocked.CompareExchange(ref _reader, Environment.CurrentManagedThreadId, 0);

    /// <summary>For the reader: it does nothing more.</summary>
    public void LeaveReading()
    {
        if (Interlocked.Exchange(ref _reader, 0) == IsReaders)
        {
            Tell();
        }
    }

    /// <summary>The connection has ended; to be called once.</summary>
    public void Give(string reason)
    {
        _closed.TrySetResult(reason);
        _gone.TrySetResult(true);
        int thread = Environment.CurrentManagedThreadId;
        if (Interlocked.CompareExchange(ref _reader, IsReaders, thread) != thread)
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
