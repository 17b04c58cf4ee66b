using System.Runtime.InteropServices;

namespace TrustRpc.Programs;

/// <summary>
/// Ctrl+C and the system's request to end: the first one asks the program to stop in order, the second one ends it at once.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    // Windows gives a program less than that before it ends it, after a console that was closed as at its own shutdown.
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
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
        _ended.TrySetResult();
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
            if (OperatingSystem.IsWindows() && context.Signal != PosixSignal.SIGINT)
            {
                _ended.Task.Wait(LongestEnd); // All but Ctrl+C end the process there as soon as this returns.
            }
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
