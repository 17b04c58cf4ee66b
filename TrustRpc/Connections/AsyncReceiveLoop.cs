using System.Runtime.CompilerServices;
using TrustRpc.Framing;

namespace TrustRpc.Connections;

/// <summary>
/// Reads asynchronously: an idle connection holds no thread. The next read is under way before the work of the last one begins, so that whatever
/// the work does, reading goes on.
/// </summary>
internal sealed class AsyncReceiveLoop : ReceiveLoop
{
    /// <summary>Reads that may complete at once before the work gathered so far is begun.</summary>
    private const int MaxReads = 4;

    private readonly WorkQueue _work;
    private readonly Action _next;
    private ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter _read;

    public AsyncReceiveLoop(RpcConnection connection, FrameReader frames, MessageRouter router, WorkQueue work)
        : base(connection, frames, router)
    {
        _work = work;
        _next = Next;
    }

    public override void Start() => ThreadPool.UnsafeQueueUserWorkItem(static loop => loop.Run(), this, preferLocal: false);

    public override void Succeed(WorkQueue work, int role)
        => ThreadPool.UnsafeQueueUserWorkItem(static state => state.work.SucceedBesideReader(state.role), (work, role), preferLocal: false);

    private void Next()
    {
        if (Take(_read))
        {
            Run();
        }
        else
        {
            Stop();
        }
    }

    private void Run()
    {
        for (int reads = 1; ; reads++)
        {
            ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter read;
            try
            {
                read = Frames.ReadAsync().ConfigureAwait(false).GetAwaiter();
            }
            catch (Exception e)
            {
                Failed(e);
                Stop();
                return;
            }

            if (!read.IsCompleted || reads >= MaxReads)
            {
                _read = read;
                read.UnsafeOnCompleted(_next);
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

    private void Stop()
    {
        Frames.Dispose();
        _work.WorkBesideReader();
    }
}
