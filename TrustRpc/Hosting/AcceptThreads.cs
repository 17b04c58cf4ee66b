using TrustRpc.Connections;
using TrustRpc.Transports;

namespace TrustRpc.Hosting;

/// <summary>
/// The threads that block on one listener. The one that has accepted a connection serves it too, so that the connection need not wait for a thread to wake up; one
/// more waits in its place, and where connections are short both come back and none is ever woken.
/// </summary>
/// <param name="listener">What is accepted on; any number of threads may.</param>
/// <param name="isLetIn">Whether the peer may begin its handshake.</param>
/// <param name="serve">Serves a connection on the calling thread until that has nothing more to do for it.</param>
/// <param name="serveElsewhere">Serves a connection without the calling thread, where too many are lent already.</param>
internal sealed class AcceptThreads(IStreamListener listener, Func<TransportLink, bool> isLetIn, Action<TransportLink> serve, Action<TransportLink> serveElsewhere)
{
    private const int MostAccepting = 2;

    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _accepting;

    /// <summary>Accepts until the listener has stopped. To be called once.</summary>
    public Task RunAsync()
    {
        Begin();
        return _stopped.Task;
    }

    private void Begin()
    {
        Interlocked.Increment(ref _accepting);
        ReaderThread.Run(Accept);
    }

    private void Accept()
    {
        while (listener.AcceptAsync().AsTask().GetAwaiter().GetResult() is { } link)
        {
            if (!isLetIn(link))
            {
                continue;
            }

            if (!ReaderThread.TryLendCurrent(Leave, () => serve(link)))
            {
                serveElsewhere(link);
            }
            else if (!TryComeBack())
            {
                return;
            }
        }

        if (Interlocked.Decrement(ref _accepting) == 0)
        {
            _stopped.TrySetResult();
        }
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _accepting) == 0)
        {
            Begin();
        }
    }

    private bool TryComeBack()
    {
        int accepting;
        do
        {
            accepting = Volatile.Read(ref _accepting);
            if (accepting >= MostAccepting)
            {
                return false;
            }
        }
        while (Interlocked.CompareExchange(ref _accepting, accepting + 1, accepting) != accepting);

        return true;
    }
}
