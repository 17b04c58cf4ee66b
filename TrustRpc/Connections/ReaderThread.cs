namespace TrustRpc.Connections;

/// <summary>
/// The threads that block on connections. One whose connection has ended waits a while for the next: making a thread costs more than a handshake.
/// </summary>
internal sealed class ReaderThread
{
    private const int StackSize = 512 * 1024;
    private const int MaxIdle = 32;

    /// <summary>Threads that servers lend to connections that are busy; the rest of the connections are read asynchronously.</summary>
    private static readonly int s_maxLent = 2 * Environment.ProcessorCount;

    private static readonly TimeSpan s_idleTime = TimeSpan.FromSeconds(5);
    private static readonly Lock s_gate = new();
    private static readonly List<ReaderThread> s_idle = [];

    private static int s_lent;

    private Action? _work;

    private ReaderThread(Action work) => _work = work;

    /// <summary>Runs <paramref name="work"/>, which may block for as long as it likes, on a thread that nobody else uses meanwhile.</summary>
    public static void Run(Action work)
    {
        ReaderThread? thread = null;
        lock (s_gate)
        {
            if (s_idle.Count > 0)
            {
                thread = s_idle[^1];
                s_idle.RemoveAt(s_idle.Count - 1);
            }
        }

        if (thread is not null)
        {
            thread.Resume(work);
        }
        else
        {
            new Thread(new ReaderThread(work).RunAll, StackSize) { IsBackground = true, Name = "TrustRpc reader" }.UnsafeStart();
        }
    }

    /// <summary>As <see cref="Run"/>; always true.</summary>
    public static bool TryRun(Action work)
    {
        Run(work);
        return true;
    }

    /// <summary>As <see cref="Run"/>, where fewer than twice as many threads as there are processors have been lent out so.</summary>
    public static bool TryLend(Action work)
    {
        if (Interlocked.Increment(ref s_lent) > s_maxLent)
        {
            Interlocked.Decrement(ref s_lent);
            return false;
        }

        Run(() =>
        {
            work();
            Interlocked.Decrement(ref s_lent);
        });
        return true;
    }

    private void RunAll()
    {
        do
        {
            _work!();
            _work = null;
        }
        while (WaitForMore());
    }

    private void Resume(Action work)
    {
        lock (this)
        {
            _work = work;
            Monitor.Pulse(this);
        }
    }

    private bool WaitForMore()
    {
        lock (s_gate)
        {
            if (s_idle.Count >= MaxIdle)
            {
                return false;
            }

            s_idle.Add(this);
        }

        lock (this)
        {
            while (_work is null)
            {
                if (!Monitor.Wait(this, s_idleTime) && TryLeave())
                {
                    return false;
                }
            }
        }

        return true;
    }

    // Not there any more: it has just been given work and is about to be resumed.
    private bool TryLeave()
    {
        lock (s_gate)
        {
            return s_idle.Remove(this);
        }
    }
}
