using System.Runtime.InteropServices;

namespace TrustRpc.Programs;

/// <summary>
/// Ctrl+C and the system's request to end: the first one asks the program to stop in order, the second one ends it at once.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _count;

    public StopSignals() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal),
    ];

    public CancellationToken Token => _stop.Token;

    /// <summary>Completes at the first signal.</summary>
    public Task Waiting()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _stop.Token.UnsafeRegister(static state => ((TaskCompletionSource)state!).SetResult(), asked);
        return asked.Task;
    }

    /// <summary>Takes the end of standard input for a signal as well: whoever holds its other end has closed it, or is gone.</summary>
    public void WatchInput() => new Thread(() =>
    {
        try
        {
            StandardStreams.OpenInput().CopyTo(Stream.Null);
        }
        catch (IOException)
        {
            // There is none, or no longer.
        }

        OnFirst();
    })
    {
        // A read cannot be given up, and the end of the program does not wait for it.
        IsBackground = true,
        Name = "end of input",
    }.Start();

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _stop.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        // Not cancelling the context leaves the signal to the system, which ends the process.
        if (Interlocked.Increment(ref _count) == 1)
        {
            context.Cancel = true;
            ThreadPool.UnsafeQueueUserWorkItem(static self => self.OnFirst(), this, preferLocal: false);
        }
    }

    private void OnFirst()
    {
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The program is at its end already.
        }
    }
}
