using System.Threading.Tasks.Sources;
using TrustRpc.Threads;

namespace TrustRpc.Transports;

/// <summary>
/// What is left of a write when the socket's buffer is full: it goes on on a thread of its own, and whoever awaits it goes on there. Nothing of it needs a thread of
/// the pool, which may have none to give; a task would ask for one where it completes just before it is awaited.
/// </summary>
internal sealed class BlockedWrite(Action write, Func<Exception, Exception> failure) : IValueTaskSource
{
    private const int StackSize = 256 * 1024;

    private static readonly Action<object?> Completed = static _ => { };

    private Action<object?>? _continuation;
    private object? _state;
    private Exception? _error;

    public ValueTask Start()
    {
        RunOnThread(() =>
        {
            try
            {
                write();
            }
            catch (Exception e)
            {
                _error = failure(e);
            }

            Interlocked.Exchange(ref _continuation, Completed)?.Invoke(_state);
        });
        return new ValueTask(this, 0);
    }

    public ValueTaskSourceStatus GetStatus(short token)
        => !ReferenceEquals(Volatile.Read(ref _continuation), Completed) ? ValueTaskSourceStatus.Pending
            : _error is null ? ValueTaskSourceStatus.Succeeded
            : _error is OperationCanceledException ? ValueTaskSourceStatus.Canceled
            : ValueTaskSourceStatus.Faulted;

    public void GetResult(short token)
    {
        if (_error is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_error);
        }
    }

    /// <remarks>Callers here await without a context, so there is none to return to.</remarks>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        _state = state;
        if (Interlocked.CompareExchange(ref _continuation, continuation, null) is not null)
        {
            RunOnThread(() => continuation(state));
        }
    }

    private static void RunOnThread(Action work) => OwnThread.Run(work, "TrustRpc writer", StackSize);
}
