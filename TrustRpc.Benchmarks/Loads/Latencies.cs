using System.Diagnostics;

namespace TrustRpc.Benchmarks.Loads;

/// <summary>How long each exchange took; room is reserved beforehand so that recording costs no allocation.</summary>
internal sealed class Latencies
{
    private readonly long[] _ticks = new long[1 << 21];
    private int _count;

    internal void Clear() => _count = 0;

    internal void Add(long ticks)
    {
        if (_count < _ticks.Length)
            _ticks[_count++] = ticks;
    }

    internal double Percentile(double share)
    {
        if (_count == 0)
            return 0;
        var recorded = _ticks.AsSpan(0, _count);
        recorded.Sort();
        return recorded[(int)((_count - 1) * share)] * 1e6 / Stopwatch.Frequency;
    }
}
