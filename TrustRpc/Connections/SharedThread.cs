namespace TrustRpc.Connections;

/// <summary>
/// Runs work on a thread that goes on to other work, of other callers perhaps: what the user's code has set for its own course there (<see cref="AsyncLocal{T}"/>, the culture, the trace) ends with it, as it does
/// between two items of the thread pool.
/// </summary>
internal static class SharedThread
{
    public static void Run(IThreadPoolWorkItem work)
    {
        ExecutionContext? before = ExecutionContext.Capture();
        work.Execute();
        if (before is not null && ExecutionContext.Capture() != before)
        {
            ExecutionContext.Restore(before);
        }
    }
}
