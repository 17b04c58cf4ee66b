namespace TrustRpc.Tests.Support;

/// <summary>The tests that need the process for themselves.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}

/// <summary>The thread pool without a free thread, and without hope of another one, until it is disposed.</summary>
internal sealed class StarvedPool : IDisposable
{
    private readonly ManualResetEventSlim _end = new();
    private readonly (int Workers, int Io) _most;
    private readonly (int Workers, int Io) _least;

    public StarvedPool()
    {
        ThreadPool.GetMaxThreads(out int mostWorkers, out int mostIo);
        ThreadPool.GetMinThreads(out int leastWorkers, out int leastIo);
        (_most, _least) = ((mostWorkers, mostIo), (leastWorkers, leastIo));
        int threads = Math.Max(ThreadPool.ThreadCount, Environment.ProcessorCount);
        Assert.True(ThreadPool.SetMinThreads(threads, leastIo) && ThreadPool.SetMaxThreads(threads, mostIo));

        // More than there can be threads: whatever is queued later stands behind the rest of them.
        for (int i = 0; i < 2 * threads; i++)
            ThreadPool.UnsafeQueueUserWorkItem(_ => _end.Wait(), null);
    }

    public void Dispose()
    {
        _end.Set();
        ThreadPool.SetMaxThreads(_most.Workers, _most.Io);
        ThreadPool.SetMinThreads(_least.Workers, _least.Io);
    }
}
