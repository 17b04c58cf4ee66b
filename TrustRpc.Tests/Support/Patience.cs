using System.Runtime.CompilerServices;

namespace TrustRpc.Tests.Support;

/// <summary>The net under tests that wait for something: a hang becomes a failure. Nothing passes or fails by how long it takes.</summary>
internal static class Patience
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    // Tests block threads on purpose; where the pool begins with two it would take half a second for each further one.
    [ModuleInitializer]
    internal static void GiveThePoolThreads()
    {
        ThreadPool.GetMinThreads(out _, out int io);
        ThreadPool.SetMinThreads(64, io);
    }

    public static Task InTime(this Task task) => task.WaitAsync(Limit);

    public static Task<T> InTime<T>(this Task<T> task) => task.WaitAsync(Limit);

    public static Task InTime(this ValueTask task) => task.AsTask().WaitAsync(Limit);

    public static Task<T> InTime<T>(this ValueTask<T> task) => task.AsTask().WaitAsync(Limit);

    public static void InTime(this ManualResetEventSlim signal) => Assert.True(signal.Wait(Limit), "It was not signalled.");

    /// <summary>Waits until something that nobody signals has become true.</summary>
    public static async Task UntilAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        DateTime end = DateTime.UtcNow + Limit;
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < end, $"It never became true: {what}");
            await Task.Yield();
        }
    }

    /// <summary>Runs on a thread of its own, which the pool knows nothing of.</summary>
    public static Task<T> OnOwnThread<T>(Func<T> run)
    {
        TaskCompletionSource<T> outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(Run) { IsBackground = true }.Start();
        return outcome.Task;

        void Run()
        {
            try
            {
                outcome.SetResult(run());
            }
            catch (Exception e)
            {
                outcome.SetException(e);
            }
        }
    }
}
