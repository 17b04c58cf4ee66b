namespace TrustRpc.Connections;

/// <summary>
/// Runs what is known to block on threads of its own: on those of the pool, which grows by one or two a second, it would hold up whatever others await.
/// </summary>
internal static class BlockingThreads
{
    /// <summary>Beyond it the pool takes them, however slowly: one of these may wait for what only another one does.</summary>
    private const int Most = 256;

    private static int _busy;

    public static void Run(IThreadPoolWorkItem work)
    {
        if (Interlocked.Increment(ref _busy) > Most)
        {
            Interlocked.Decrement(ref _busy);
            ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
            return;
        }

        ReaderThread.Run(() =>
        {
            work.Execute();
            Interlocked.Decrement(ref _busy);
        });
    }
}
