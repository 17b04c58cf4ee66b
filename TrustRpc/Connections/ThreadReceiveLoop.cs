using TrustRpc.Framing;

namespace TrustRpc.Connections;

/// <summary>
/// Reads on a thread of its own, which also does the work: the shortest way from the kernel to the caller. Where the work does not come back, another thread
/// takes over both, and this one ends when it can.
/// </summary>
internal sealed class ThreadReceiveLoop(RpcConnection connection, FrameReader frames, MessageRouter router, WorkQueue work)
    : ReceiveLoop(connection, frames, router)
{
    public override void Start() => ReaderThread.Run(() => Run(role: 0));

    public override void StartOnThisThread() => Run(role: 0);

    public override void Succeed(WorkQueue work, int role) => ReaderThread.Run(() =>
    {
        if (work.SucceedAsReader(role))
        {
            Run(role);
        }
    });

    private void Run(int role)
    {
        while (work.WorkAsReader(role) && !IsOver)
        {
            try
            {
                Received(Frames.Read());
            }
            catch (Exception e)
            {
                Failed(e);
            }

            if (IsOver)
            {
                Frames.Dispose();
            }
        }

        if (IsOver)
        {
            Connection.LeaveReading();
        }
    }
}
