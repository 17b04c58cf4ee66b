using System.Diagnostics.CodeAnalysis;

namespace TrustRpc.Connections;

/// <summary>
/// Runs what is known to block on threads of its own: on those of the pool, which grows by one or two a second, it would hold up whatever others await.
/// </summary>
/// <remarks>
/// Making a thread takes a tenth of a millisecond, on a busy machine much more, and whoever has work to give away is a reader. So it makes no more than one, and each that comes sees to the next.
/// </remarks>
internal static class BlockingThreads
{
    /// <summary>Beyond it the pool takes the work, however slowly: one of these may wait for what only another one does.</summary>
    private const int Most = 256;

    private static readonly Lock Gate = new();
    private static readonly Queue<IThreadPoolWorkItem> Waiting = new();
    private static int _threads;
    private static bool _isOneComing;

    public static void Run(IThreadPoolWorkItem work)
    {
        bool calls = false;
        bool takes;
        lock (Gate)
        {
            takes = _threads + Waiting.Count < Most;
            if (takes)
            {
                Waiting.Enqueue(work);
                calls = CallsAnother();
            }
        }

        if (!takes)
        {
            ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
        }
        else if (calls)
        {
            ReaderThread.Run(Work);
        }
    }

    private static void Work()
    {
        bool comes = true;
        while (TryTake(comes, out IThreadPoolWorkItem? work, out bool calls))
        {
            if (calls)
            {
                ReaderThread.Run(Work);
            }

            comes = false;
            work.Execute();
        }
    }

    private static bool TryTake(bool comes, [NotNullWhen(true)] out IThreadPoolWorkItem? work, out bool calls)
    {
        lock (Gate)
        {
            _isOneComing &= !comes;
            bool taken = Waiting.TryDequeue(out work);
            _threads -= taken ? 0 : 1;
            calls = CallsAnother();
            return taken;
        }
    }

    // Whoever waits has a thread of its own in the end: none waits for another's.
    private static bool CallsAnother()
    {
        bool calls = Waiting.Count > 0 && !_isOneComing;
        _isOneComing |= calls;
        _threads += calls ? 1 : 0;
        return calls;
    }
}
