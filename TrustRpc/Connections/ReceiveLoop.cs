using TrustRpc.Framing;

namespace TrustRpc.Connections;

/// <summary>Reads a connection until it ends: takes what has arrived, has it sorted, and sees to it that the work in it is done.</summary>
internal abstract class ReceiveLoop(RpcConnection connection, FrameReader frames, MessageRouter router) : ISuccession
{
    private volatile bool _isOver;

    private protected FrameReader Frames => frames;

    /// <summary>Nothing more is to be read, also by whoever takes over from a thread that is stuck in the work of the last read.</summary>
    private protected bool IsOver => _isOver;

    private protected RpcConnection Connection => connection;

    public abstract void Start();

    /// <summary>As <see cref="Start"/>, on a <see cref="ReaderThread"/> that may be blocked.</summary>
    public abstract void StartOnThisThread();

    /// <inheritdoc/>
    public abstract void Succeed(WorkQueue work, int role);

    /// <summary>Sorts what a read has brought; false = the connection has ended and there is nothing more to read.</summary>
    private protected bool Received(int count)
    {
        if (count == 0)
        {
            _isOver = true;
            connection.Ending.StreamEnded(frames.HasPartialFrame);
            return false;
        }

        frames.Received(count);
        connection.HeardFrom();
        _isOver = !router.TakeAll();
        return !_isOver;
    }

    private protected void Failed(Exception e)
    {
        _isOver = true;
        connection.Ending.ReadFailed(e);
    }
}
