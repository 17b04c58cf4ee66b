using System.Runtime.CompilerServices;
using TrustRpc.Framing;

namespace TrustRpc.Connections;

/// <summary>
/// Reads asynchronously, so that an idle connection holds no thread; a busy one borrows a <see cref="ReaderThread"/> where one is to be had, on which reads block
/// and no message needs the runtime's poller and pool.
/// </summary>
/// <remarks>
/// Without a thread the next read is under way before the work of the last one begins, so that whatever the work does, reading goes on. On a thread
/// the work comes first; where it does not come back, another thread takes over.
/// </remarks>
internal sealed class AsyncReceiveLoop : ReceiveLoop
{
    /// <summary>Reads that may complete at once before the work gathered so far is begun.</summary>
    private const int MaxReads = 4;

    /// <summary>This many reads within <see cref="BusyTime"/> make a connection a busy one.</summary>
    private const int BusyReads = 128;

    private static readonly TimeSpan BusyTime = TimeSpan.FromMilliseconds(50);

    private readonly IConnectionLink _link;
    private readonly TimeProvider _time;
    private readonly WorkQueue _work;
    private readonly Action _next;
    private ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter _read;
    private volatile bool _hasThread;
    private volatile bool _threadIsLent;
    private int _reads;
    private long _counting;

    public AsyncReceiveLoop(RpcConnection connection, IConnectionLink link, TimeProvider time, FrameReader frames, MessageRouter router, WorkQueue work)
        : base(connection, frames, router)
    {
        (_link, _time, _work) = (link, time, work);
        _next = Next;
    }

    public override void Start() => ThreadPool.UnsafeQueueUserWorkItem(static loop => loop.Run(), this, preferLocal: false);

    public override void StartOnThisThread()
    {
        if (_work.TrySeize(out int role))
        {
            RunOnThread(role);
        }
        else
        {
            Run();
        }
    }

    public override void Succeed(WorkQueue work, int role)
    {
        if (_hasThread)
        {
            Action<Action> run = _threadIsLent ? ReaderThread.LendInPlace : ReaderThread.Run;
            run(() =>
            {
                if (work.SucceedAsReader(role))
                {
                    RunOnThread(role);
                }
            });
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(static state => state.work.SucceedBesideReader(state.role), (work, role), preferLocal: false);
        }
    }

    private void Next()
    {
        if (!Take(_read))
        {
            Stop();
            return;
        }

        if (!IsBusy() || !ReaderThread.TryLend(StartOnThisThread))
        {
            Run();
        }
    }

    private void Run()
    {
        for (int reads = 1; ; reads++)
        {
            if (!TryBeginRead(out var read))
            {
                Stop();
                return;
            }

            if (!read.IsCompleted || reads >= MaxReads)
            {
                ContinueAfter(read);
                _work.WorkBesideReader();
                return;
            }

            if (!Take(read))
            {
                Stop();
                return;
            }
        }
    }

    private void RunOnThread(int role)
    {
        _hasThread = true;
        _threadIsLent = ReaderThread.IsLent;
        _link.Patience = ReaderThread.Patience;
        while (_work.WorkAsReader(role) && !IsOver)
        {
            bool reads = TryBeginRead(out var read);
            if (reads && !read.IsCompleted)
            {
                _hasThread = false;
                _work.Release();
                ContinueAfter(read);
                return;
            }

            if (!reads || !Take(read))
            {
                Frames.Dispose();
            }
        }

        if (IsOver)
        {
            Connection.LeaveReading();
        }
    }

    // Another thread may be reading on before this has returned.
    private void ContinueAfter(ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter read)
    {
        _read = read;
        read.UnsafeOnCompleted(_next);
    }

    private bool TryBeginRead(out ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter read)
    {
        try
        {
            read = Frames.ReadAsync().ConfigureAwait(false).GetAwaiter();
            return true;
        }
        catch (Exception e)
        {
            Failed(e);
            read = default;
            return false;
        }
    }

    private bool Take(ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter read)
    {
        try
        {
            return Received(read.GetResult());
        }
        catch (Exception e)
        {
            Failed(e);
            return false;
        }
    }

    private bool IsBusy()
    {
        if (++_reads % BusyReads != 0)
        {
            return false;
        }

        long since = _counting;
        _counting = _time.GetTimestamp();
        return _time.GetElapsedTime(since, _counting) < BusyTime;
    }

    private void Stop()
    {
        Frames.Dispose();
        if (!_work.IsEmpty)
        {
            // What is left may block, and so may whoever waits for the end.
            ThreadPool.UnsafeQueueUserWorkItem(static work => work.WorkBesideReader(), _work, preferLocal: false);
        }

        Connection.LeaveReading();
    }
}
