using System.Collections.Concurrent;

namespace TrustRpc.Tests.Model;

/// <summary>A caller's end of a progress argument: sees to it that no report is lost, doubled or out of order.</summary>
internal sealed class Hearer : IProgress<int>
{
    private int _heard;

    public int Heard => Volatile.Read(ref _heard);

    /// <summary>Reports that came out of order. What a handler throws is no part of the call.</summary>
    public ConcurrentQueue<string> Problems { get; } = new();

    public void Report(int value)
    {
        int expected = Interlocked.Increment(ref _heard) - 1;
        if (value != expected)
        {
            Problems.Enqueue($"Report {value} came in the place of {expected}.");
        }
    }
}
