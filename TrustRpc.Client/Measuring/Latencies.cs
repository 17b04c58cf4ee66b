using System.Diagnostics;
using System.Numerics;

namespace TrustRpc.Client.Measuring;

/// <summary>How long many calls took, in steps of three percent: recording one costs an addition and no memory. For one recorder at a time.</summary>
internal sealed class Latencies
{
    // Each doubling of a time has so many steps.
    private const int StepBits = 5;
    private const int Steps = 1 << StepBits;

    private readonly long[] _counts = new long[(64 - StepBits + 1) * Steps];
    private long _minimum = long.MaxValue;
    private long _maximum;

    public long Count { get; private set; }

    public TimeSpan Minimum => Count == 0 ? TimeSpan.Zero : TimeOf(_minimum);

    public TimeSpan Maximum => TimeOf(_maximum);

    /// <param name="ticks">Of <see cref="Stopwatch"/>; not negative.</param>
    public void Add(long ticks)
    {
        _counts[IndexOf(ticks)]++;
        Count++;
        _minimum = Math.Min(_minimum, ticks);
        _maximum = Math.Max(_maximum, ticks);
    }

    public void Add(Latencies others)
    {
        for (int i = 0; i < _counts.Length; i++)
        {
            _counts[i] += others._counts[i];
        }

        Count += others.Count;
        _minimum = Math.Min(_minimum, others._minimum);
        _maximum = Math.Max(_maximum, others._maximum);
    }

    /// <summary>The time that so large a share of them did not exceed; 0.5 = the median.</summary>
    public TimeSpan Percentile(double share)
    {
        long rank = Math.Max(1, (long)Math.Ceiling(share * Count));
        long seen = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= rank)
            {
                return TimeOf(Math.Clamp(Middle(i), _minimum, _maximum));
            }
        }

        return TimeSpan.Zero;
    }

    /// <summary>How many took up to 1, 2, 5, 10, ... microseconds and more than the step before, from the first step that has any to the last.</summary>
    public IReadOnlyList<(TimeSpan UpTo, long Count)> Histogram()
    {
        SortedDictionary<long, long> steps = [];
        for (int i = 0; i < _counts.Length; i++)
        {
            if (_counts[i] > 0)
            {
                long step = StepOf(TimeOf(Math.Clamp(Middle(i), _minimum, _maximum)));
                steps[step] = steps.GetValueOrDefault(step) + _counts[i];
            }
        }

        List<(TimeSpan, long)> histogram = [];
        for (long step = steps.Count == 0 ? 1 : steps.Keys.First(); steps.Count > 0 && step <= steps.Keys.Last(); step = NextStep(step))
        {
            histogram.Add((TimeSpan.FromMicroseconds(step), steps.GetValueOrDefault(step)));
        }

        return histogram;
    }

    private static TimeSpan TimeOf(long ticks) => Stopwatch.GetElapsedTime(0, ticks);

    // Small values have a step each; from then on the highest bits choose it.
    private static int IndexOf(long value)
    {
        if (value < Steps)
        {
            return (int)value;
        }

        int shift = BitOperations.Log2((ulong)value) - StepBits;
        return ((shift + 1) << StepBits) + (int)(value >> shift) - Steps;
    }

    private static long Middle(int index)
    {
        if (index < Steps)
        {
            return index;
        }

        int shift = (index >> StepBits) - 1;
        return ((long)((index & (Steps - 1)) + Steps) << shift) + ((1L << shift) / 2);
    }

    private static long StepOf(TimeSpan time)
    {
        long step = 1;
        while (step < time.TotalMicroseconds)
        {
            step = NextStep(step);
        }

        return step;
    }

    // 1, 2, 5, 10, 20, 50, ...
    private static long NextStep(long step)
    {
        long first = step;
        while (first >= 10)
        {
            first /= 10;
        }

        return first == 2 ? step / 2 * 5 : step * 2;
    }
}
