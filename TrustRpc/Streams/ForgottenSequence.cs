using System.Diagnostics.CodeAnalysis;

namespace TrustRpc.Streams;

/// <summary>Ends a sequence that its consumer has lost sight of, neither enumerated to its end nor disposed: its producer would keep it open as long as the connection lasts.</summary>
/// <param name="host">The connection.</param>
/// <param name="token">What the producer calls it.</param>
/// <param name="ended">Told that no more will come.</param>
internal sealed class ForgottenSequence(IStreamHost host, long token, Action? ended) : IThreadPoolWorkItem
{
    // What it does may write, which is nothing for the thread that all finalizers share.
    ~ForgottenSequence() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    /// <summary>It has ended: there is nothing to forget.</summary>
    [SuppressMessage("Usage", "CA1816", Justification = "It holds nothing that could be disposed of: it only must not outlive the sequence.")]
    public void Remember() => GC.SuppressFinalize(this);

    public void Execute()
    {
        host.Abort(token);
        ended?.Invoke();
    }
}
