using System.Collections.Concurrent;

namespace TrustRpc.Tests.Support;

/// <summary>Fails a test in which a task failed and nobody looked. For tests that have the process for themselves.</summary>
internal sealed class UnobservedExceptions : IDisposable
{
    private readonly ConcurrentQueue<Exception> _seen = new();
    private readonly string _test;

    public UnobservedExceptions(string test)
    {
        _test = test;
        Collect();
        TaskScheduler.UnobservedTaskException += Observe;
    }

    public void Dispose()
    {
        Collect();
        TaskScheduler.UnobservedTaskException -= Observe;
        Assert.True(_seen.IsEmpty, $"{_test}: {string.Join(Environment.NewLine, _seen)}");
    }

    private void Observe(object? sender, UnobservedTaskExceptionEventArgs e) => _seen.Enqueue(e.Exception);

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }
}
