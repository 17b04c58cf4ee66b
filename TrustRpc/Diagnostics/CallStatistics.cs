using System.Collections.Concurrent;

namespace TrustRpc.Diagnostics;

/// <summary>How many calls a server has run, how many failed and how long they took, by method. Grows with the methods that are registered and no further. Thread-safe.</summary>
internal sealed class CallStatistics
{
    private readonly ConcurrentDictionary<string, Counter> _methods = new(StringComparer.Ordinal);

    public void Add(string method, TimeSpan took, bool failed) => _methods.GetOrAdd(method, static _ => new Counter()).Add(took, failed);

    /// <summary>The figures of the moment, by method in the order of their names.</summary>
    public IEnumerable<(string Method, long Calls, long Errors, TimeSpan Total, TimeSpan Median, TimeSpan Percentile99)> Read()
    {
        foreach ((string method, Counter counter) in _methods.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            (long calls, long errors, TimeSpan total) = counter.Read();
            yield return (method, calls, errors, total, counter.Quantile(0.5), counter.Quantile(0.99));
        }
    }

    /// <summary>Times in buckets, each a quarter of a power of two wide: a quantile is right to a fifth, whatever the times are.</summary>
    private sealed class Counter
    {
        private const int BucketsPerPower = 4;

        private readonly long[] _buckets = new long[BucketsPerPower * 44];
        private long _calls;
        private long _errors;
        private long _ticks;

        public void Add(TimeSpan took, bool failed)
        {
            long ticks = Math.Max(1, took.Ticks);
            int bucket = Math.Min(_buckets.Length - 1, (int)(BucketsPerPower * Math.Log2(ticks)));
            Interlocked.Increment(ref _buckets[bucket]);
            Interlocked.Increment(ref _calls);
            Interlocked.Add(ref _ticks, ticks);
            if (failed)
            {
                Interlocked.Increment(ref _errors);
            }
        }

        public (long Calls, long Errors, TimeSpan Total) Read()
            => (Volatile.Read(ref _calls), Volatile.Read(ref _errors), TimeSpan.FromTicks(Volatile.Read(ref _ticks)));

        /// <summary>The time that so large a share of the calls did not exceed: the upper end of its bucket.</summary>
        public TimeSpan Quantile(double share)
        {
            long wanted = (long)Math.Ceiling(share * Volatile.Read(ref _calls));
            long seen = 0;
            for (int i = 0; i < _buckets.Length; i++)
            {
                seen += Volatile.Read(ref _buckets[i]);
                if (seen >= wanted && seen > 0)
                {
                    return TimeSpan.FromTicks((long)Math.Pow(2, (i + 1.0) / BucketsPerPower));
                }
            }

            return TimeSpan.Zero;
        }
    }
}
