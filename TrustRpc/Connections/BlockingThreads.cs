using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using TrustRpc.Services;

namespace TrustRpc.Connections;

/// <summary>
/// Runs what is known to hold its thread on threads of its own: on those of the pool, which grows by one or two a second, it would hold up whatever others await.
/// </summary>
/// <remarks>
/// As many threads as there are processors come at once. What waits beyond that gets more of them, twice as many at each look, while the processors have time to spare: then the methods block. Where they
/// compute, more threads would take the processors from those that read, and nothing would be finished earlier.
/// </remarks>
internal static class BlockingThreads
{
    /// <summary>Beyond it the pool takes the work, however slowly: one of these may wait for what only another one does.</summary>
    private const int Most = 256;

    /// <summary>The share of the processors' time from which on the methods are taken to compute.</summary>
    private const double Busy = 0.75;

    /// <summary>After so many looks without anything finished one more comes all the same: the methods may be spinning until another one has run.</summary>
    private const int LooksInVain = 100;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(10);
    private static readonly int AtOnce = Environment.ProcessorCount;
    private static readonly Lock Gate = new();
    private static readonly Queue<IThreadPoolWorkItem> Waiting = new();
    private static int _threads;
    private static int _finished;
    private static bool _isLookedAfter;
    private static bool _isBusy;

    public static void Run(IThreadPoolWorkItem work)
    {
        bool isTaken;
        bool calls = false;
        bool begins = false;
        lock (Gate)
        {
            isTaken = _threads + Waiting.Count < Most;
            if (isTaken)
            {
                Waiting.Enqueue(work);
                calls = _threads < AtOnce;
                begins = !calls && !_isLookedAfter;
                _threads += calls ? 1 : 0;
                _isLookedAfter |= begins;
            }
        }

        if (!isTaken)
        {
            ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
        }
        else if (calls)
        {
            ReaderThread.Run(Work);
        }
        else if (begins)
        {
            ReaderThread.Run(LookAfter);
        }
    }

    private static void Work()
    {
        for (bool isFirst = true; TryTake(isFirst, out IThreadPoolWorkItem? work); isFirst = false)
        {
            // Before: the call belongs to somebody else when it has returned.
            MethodDescriptor? method = (work as ActiveCall)?.Method;
            long start = Stopwatch.GetTimestamp();
            SharedThread.Run(work);
            method?.RanApart(start);
            Interlocked.Increment(ref _finished);
        }
    }

    private static bool TryTake(bool isFirst, [NotNullWhen(true)] out IThreadPoolWorkItem? work)
    {
        lock (Gate)
        {
            bool isTooMany = _isBusy && _threads > AtOnce && !isFirst;
            work = null;
            if (!isTooMany && Waiting.TryDequeue(out work))
            {
                return true;
            }

            _threads--;
            return false;
        }
    }

    // Not by those who bring work, who read: making a thread takes a tenth of a millisecond, and much longer on a busy machine.
    private static void LookAfter()
    {
        Usage last = Usage.Now;
        int finished = Volatile.Read(ref _finished);
        int inVain = 0;
        while (true)
        {
            Thread.Sleep(BetweenLooks);
            Usage now = Usage.Now;
            inVain = finished == Volatile.Read(ref _finished) ? inVain + 1 : 0;
            finished = Volatile.Read(ref _finished);
            int more;
            lock (Gate)
            {
                _isBusy = now.Since(last) >= Busy && Waiting.Count > 0;
                if (Waiting.Count == 0)
                {
                    _isLookedAfter = false;
                    return;
                }

                more = Math.Min(!_isBusy ? Math.Max(_threads, 1) : inVain >= LooksInVain ? 1 : 0, Waiting.Count);
                _threads += more;
            }

            last = now;
            for (int i = 0; i < more; i++)
            {
                inVain = 0;
                ReaderThread.Run(Work);
            }
        }
    }

    /// <summary>What this process has used of the processors' time.</summary>
    private readonly record struct Usage(long At, TimeSpan Processor)
    {
        public static Usage Now => new(Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);

        /// <summary>The share of all processors' time since then.</summary>
        public double Since(Usage earlier) => (Processor - earlier.Processor) / (Stopwatch.GetElapsedTime(earlier.At, At) * Environment.ProcessorCount);
    }
}
