using System.Net;
using System.Runtime.ExceptionServices;
using TrustRpc.Threads;

namespace TrustRpc.Transports;

/// <summary>
/// Looks a host name up on a thread of its own: the system's lookup cannot be ended, takes tens of seconds where the name server is silent, and whoever waits for it has a
/// deadline. It is left to itself then. The pool, on which the runtime would run it, may have no thread to give.
/// </summary>
internal static class HostLookup
{
    /// <param name="host">The name.</param>
    /// <param name="lookUp">Asks the system, and blocks.</param>
    /// <param name="mayBlock">Whether the wait for it may block the calling thread.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public static async ValueTask<IPAddress[]> RunAsync(string host, Func<string, IPAddress[]> lookUp, bool mayBlock, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // A failure is a result here: nobody may be left to observe it.
        TaskCompletionSource<(IPAddress[] Addresses, Exception? Failure)> outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
        OwnThread.Run(() => outcome.SetResult(Try(host, lookUp)), "TrustRpc lookup");
        if (mayBlock)
            outcome.Task.Wait(cancellationToken);
        (IPAddress[] addresses, Exception? failure) = await outcome.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (failure is not null)
            ExceptionDispatchInfo.Throw(failure);
        return addresses;
    }

    private static (IPAddress[] Addresses, Exception? Failure) Try(string host, Func<string, IPAddress[]> lookUp)
    {
        try
        {
            return (lookUp(host), null);
        }
        catch (Exception e)
        {
            return ([], e);
        }
    }
}
