using TrustRpc.Threads;

namespace TrustRpc.Connections;

/// <summary>
/// The threads that block on connections. One whose connection has ended waits a while for the next: making a thread costs more than a handshake.
/// </summary>
internal sealed class ReaderThread
{
    // As much as a thread of the pool has on most systems: continuations of the user's run here. What is not touched costs nothing.
    private const int StackSize = 1024 * 1024;
    private const int MaxIdle = 32;

    /// <summary>Threads that servers lend to connections that are busy; the rest of the connections are read asynchronously.</summary>
    private static readonly int MaxLent = Math.Max(16, 2 * Environment.ProcessorCount);

    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(5);
    private static readonly Lock Gate = new();
    private static readonly List<ReaderThread> Idle = [];

    /// <summary>So long a connection may be silent before others may have its thread.</summary>
    private static readonly TimeSpan Undisturbed = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(5);

    [ThreadStatic]
    private static bool _isLent;

    private static int _lent;
    private static int _wanted;

    private Action? _work;

    private ReaderThread(Action work) => _work = work;

    /// <summary>Threads that are lent.</summary>
    public static int Lent => Volatile.Read(ref _lent);

    /// <summary>Whether the thread at hand is lent for what it does.</summary>
    public static bool IsLent => _isLent;

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
            Begin(work);
        }
    }

    private static void Begin(Action work)
    {
        if (OwnThread.TryStart(new ReaderThread(work).RunAll, "TrustRpc reader", StackSize) is null)
        {
            // The work alone: a thread of the pool is not kept for the next.
            OwnThread.RunOnPool(work);
        }
    }

    /// <summary>As <see cref="Run"/>; always true.</summary>
    public static bool TryRun(Action work)
    {
        Run(work);
        return true;
    }

    /// <summary>As <see cref="Run"/>, where fewer than <see cref="MaxLent"/> threads are lent out so.</summary>
    public static bool TryLend(Action work) => TryLend(static work => Run(work), work);

    /// <summary>As <see cref="Run"/>, to go on in the place of a thread that is lent and stuck: it counts as lent as well, also beyond <see cref="MaxLent"/>, until others are given up for it.</summary>
    public static void LendInPlace(Action work)
    {
        Interlocked.Increment(ref _lent);
        RunLent(static work => Run(work), work);
    }

    /// <summary>As <see cref="TryLend(Action)"/> for the thread that this is called on, itself one of these: first <paramref name="before"/>, then <paramref name="work"/>.</summary>
    public static bool TryLendCurrent(Action before, Action work)
        => TryLend(
            lent =>
            {
                before();
                lent();
            },
            work);

    private static bool TryLend(Action<Action> run, Action work)
    {
        if (Interlocked.Increment(ref _lent) > MaxLent)
        {
            Interlocked.Decrement(ref _lent);
            Volatile.Write(ref _wanted, 1);
            return false;
        }

        RunLent(run, work);
        return true;
    }

    private static void RunLent(Action<Action> run, Action work) => run(() =>
    {
        _isLent = true;
        work();
        _isLent = false;
        Interlocked.Decrement(ref _lent);
    });

    /// <summary>
    /// For how much longer a read that has waited so long may keep the thread that was lent for it: until somebody asks for one in vain. A socket that has once been
    /// read asynchronously stays with the runtime's poller, which costs it several changes of threads for all that arrives later, so nobody gives a thread up without need.
    /// </summary>
    public static TimeSpan Patience(TimeSpan waited)
    {
        if (waited < Undisturbed)
        {
            return Undisturbed;
        }

        bool wanted = Volatile.Read(ref _wanted) != 0 && Interlocked.Exchange(ref _wanted, 0) != 0;
        return wanted ? TimeSpan.Zero : waited < LongestLook ? waited : LongestLook;
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
