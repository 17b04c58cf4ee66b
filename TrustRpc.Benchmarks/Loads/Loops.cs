using System.Diagnostics;

namespace TrustRpc.Benchmarks.Loads;

/// <summary>Runs loops side by side until their time is up; each counts for itself and says how many it did.</summary>
internal sealed class Loops
{
    private volatile bool _stopped;

    internal bool Stopped => _stopped;

    internal static Measurement Run(TimeSpan duration, int count, Latencies? latencies, Func<int, Loops, Task<long>> loop)
    {
        latencies?.Clear();
        var loops = new Loops();
        var began = Stopwatch.GetTimestamp();
        var running = new Task<long>[count];
        for (var i = 0; i < count; i++)
        {
            var index = i;
            running[i] = Task.Run(() => loop(index, loops));
        }
        // This thread keeps the time, not a timer: a timer's callback would queue behind the work in a busy pool.
        Thread.Sleep(duration);
        loops._stopped = true;
        var done = Task.WhenAll(running).GetAwaiter().GetResult().Sum();
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        return new Measurement(done, seconds, latencies?.Percentile(0.5), latencies?.Percentile(0.99));
    }
}
