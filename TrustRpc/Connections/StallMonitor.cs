using TrustRpc.Threads;

namespace TrustRpc.Connections;

/// <summary>
/// Looks every millisecond at the queues that are being worked off, and takes over those whose item has not come back since the last look. One thread
/// for the process; it sleeps while no queue is busy.
/// </summary>
internal static class StallMonitor
{
    private const int IntervalMilliseconds = 1;

    /// <summary>Looks that a queue may be idle before it is let go; coming back costs a lock.</summary>
    private const int IdleLooks = 50;

    private static readonly Lock Gate = new();
    private static readonly List<WorkQueue> Watched = [];
    private static readonly ManualResetEventSlim Any = new();
    private static bool _started;

    /// <summary>Sees to it that the queue is looked at. Costs next to nothing while it is.</summary>
    public static void Watch(WorkQueue queue)
    {
        if (Volatile.Read(ref queue.MonitorEntry.Watched) != 0)
        {
            return;
        }

        lock (Gate)
        {
            if (queue.MonitorEntry.Watched != 0 || !TryStart())
            {
                return;
            }

            queue.MonitorEntry.Watched = 1;
            queue.MonitorEntry.State = queue.State;
            queue.MonitorEntry.Begun = queue.Begun;
            queue.MonitorEntry.Idle = 0;
            Watched.Add(queue);
            Any.Set();
        }
    }

    private static bool TryStart()
    {
        // Where the system gives no thread the next item asks again, and until then blocked methods hold up what came behind them. One of the pool would be taken for good.
        return _started = _started || OwnThread.TryStart(Run, "TrustRpc stall monitor", 128 * 1024) is not null;
    }

    private static void Run()
    {
        List<WorkQueue> stuck = [];
        while (true)
        {
            Any.Wait();
            Thread.Sleep(IntervalMilliseconds);
            lock (Gate)
            {
                Watched.RemoveAll(queue => Look(queue, stuck));
                if (Watched.Count == 0)
                {
                    Any.Reset();
                }
            }

            foreach (WorkQueue queue in stuck)
            {
                queue.TryTakeOver(queue.MonitorEntry.State);
            }

            stuck.Clear();
        }
    }

    // True = let it go.
    private static bool Look(WorkQueue queue, List<WorkQueue> stuck)
    {
        Entry entry = queue.MonitorEntry;
        int state = queue.State;
        int begun = queue.Begun;
        if (!queue.IsWorking)
        {
            if (begun == entry.Begun && ++entry.Idle > IdleLooks)
            {
                // A full fence: whoever began before it, and saw itself watched, is seen here.
                Interlocked.Exchange(ref entry.Watched, 0);
                if (!queue.IsWorking)
                {
                    return true;
                }

                entry.Watched = 1;
            }
        }
        else if (state == entry.State && begun == entry.Begun)
        {
            stuck.Add(queue);
        }

        if (begun != entry.Begun)
        {
            entry.Idle = 0;
        }

        entry.State = state;
        entry.Begun = begun;
        return false;
    }

    /// <summary>What the monitor remembers of a queue.</summary>
    internal sealed class Entry
    {
        public int Watched;
        public int State;
        public int Begun;
        public int Idle;
    }
}
