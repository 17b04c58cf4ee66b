namespace TrustRpc.Connections;

/// <summary>
/// The threads that block on connections. One whose connection has ended waits a while for the next: making a thread costs more than a handshake.
/// </summary>
internal sealed class ReaderThread
{
    private const int StackSize = 512 * 1024;
    private const int MaxIdle = 32;

    /// <summary>Threads that servers lend to connections that are busy; the rest of the connections are read asynchronously.</summary>
    private static readonly int MaxLent = 2 * Environment.ProcessorCount;

    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(5);
    private static readonly Lock Gate = new();
    private static readonly List<ReaderThread> Idle = [];

    private static int _lent;

    private Action? _work;

    private ReaderThread(Action work) => _work = work;

    /// <summary>Runs <paramref name="work"/>, which may block for as long as it likes, on a thread that nobody else uses meanwhile.</summary>
    public static void Run(Action work)
    {
        ReaderThread? thread = null;
        lock (Gate)
        {
            if (Idle.Count > 0)
            {
                thread = Idle[^1];
                Idle.RemoveAt(Idle.Count - 1);
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
        if (Interlocked.Increment(ref _lent) > MaxLent)
        {
            Interlocked.Decrement(ref _lent);
            return false;
        }

        Run(() =>
        {
            work();
            Interlocked.Decrement(ref _lent);
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
        lock (Gate)
        {
            if (Idle.Count >= MaxIdle)
            {
                return false;
            }

            Idle.Add(this);
        }

        lock (this)
        {
            while (_work is null)
            {
                if (!Monitor.Wait(this, IdleTime) && TryLeave())
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
        lock (Gate)
        {
            return Idle.Remove(this);
        }
    }
}
