namespace TrustRpc.Threads;

/// <summary>The one place where threads are made, for what blocks. A system may have none to give, to this process or to its user: that must end neither the process nor what the thread was wanted for.</summary>
internal static class OwnThread
{
    private static readonly Action<Thread> Starts = static thread => thread.UnsafeStart();

    /// <summary>Runs <paramref name="work"/> on a thread of its own; where the system gives none, on one of the pool, when that has one.</summary>
    /// <param name="work">What blocks; must not throw. It has nothing of the caller's context.</param>
    /// <param name="name">The thread's name, for debuggers.</param>
    /// <param name="stackSize">Bytes of its stack; 0 = as many as the system thinks right.</param>
    public static void Run(Action work, string name, int stackSize = 0) => Run(work, name, stackSize, Starts);

    /// <summary>A thread that runs <paramref name="work"/>; null = the system gives none.</summary>
    public static Thread? TryStart(ThreadStart work, string name, int stackSize = 0) => TryStart(work, name, stackSize, Starts);

    /// <summary>As above, with the system's part as an argument.</summary>
    internal static void Run(Action work, string name, int stackSize, Action<Thread> start)
    {
        if (TryStart(work.Invoke, name, stackSize, start) is null)
        {
            RunOnPool(work);
        }
    }

    /// <summary>As above, with the system's part as an argument.</summary>
    internal static Thread? TryStart(ThreadStart work, string name, int stackSize, Action<Thread> start)
    {
        Thread thread = new(work, stackSize) { IsBackground = true, Name = name };
        try
        {
            start(thread);
            return thread;
        }
        catch (OutOfMemoryException)
        {
            // As the runtime says that there are no more threads; of memory there may be plenty.
            return null;
        }
    }

    /// <summary>What was to have a thread of its own and found none: the pool has threads already, and gives one when it can.</summary>
    public static void RunOnPool(Action work) => ThreadPool.UnsafeQueueUserWorkItem(static work => work(), work, preferLocal: false);
}
