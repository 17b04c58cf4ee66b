using TrustRpc.Services;

namespace TrustRpc.Connections;

/// <summary>
/// A call on its way through its method that others may end before: its caller, its time, its connection. It is answered once, by the method or in its place. Two hold it, the
/// thread that runs the method and the call's completion, and others for a moment; the last to let go recycles it.
/// </summary>
internal abstract class EndableCall : Invocation
{
    private const int ByMethod = 1;

    private CancellationTokenSource? _cancellation;
    private int _end;

    // 0 = not answered, else by the method, or the code of the error that was sent in its place.
    private int _answered;
    private int _holders;

    public sealed override CancellationToken CancellationToken
    {
        get
        {
            if (_cancellation is null)
            {
                // Its end may come between: whoever is second of this exchange and TryEnd's sees the other.
                CancellationTokenSource source = new();
                CancellationToken token = source.Token;
                Interlocked.Exchange(ref _cancellation, source);
                if (End != CallEnd.None)
                {
                    source.Cancel();
                }

                return token;
            }

            return _cancellation.Token;
        }
    }

    /// <summary>Who has ended it; none = nobody.</summary>
    private protected CallEnd End => (CallEnd)Volatile.Read(ref _end);

    /// <summary>The source of the method's token; null where it has not asked for one.</summary>
    private protected CancellationTokenSource? Cancellation => Volatile.Read(ref _cancellation);

    /// <summary>Not 0 once the call has been answered.</summary>
    private protected ref int Answered => ref _answered;

    /// <summary>The error that was sent in the method's place; none = it has answered itself.</summary>
    private protected RpcErrorCode AnsweredEarlyWith
    {
        get
        {
            int answered = Volatile.Read(ref _answered);
            return answered == ByMethod ? RpcErrorCode.None : (RpcErrorCode)answered;
        }
    }

    /// <summary>Ends the call before its method has: true for the first who does. The source, where the method has asked for a token, is to be cancelled.</summary>
    public bool TryEnd(CallEnd why, out CancellationTokenSource? source)
    {
        bool first = Interlocked.CompareExchange(ref _end, (int)why, (int)CallEnd.None) == (int)CallEnd.None;
        source = first ? Volatile.Read(ref _cancellation) : null;
        return first;
    }

    /// <summary>Keeps the call from being recycled until it is released; to be called under the lock of the table that it is on.</summary>
    public void Hold() => Interlocked.Increment(ref _holders);

    /// <summary>True for the first who answers; none = the method does.</summary>
    private protected bool TakeAnswer(RpcErrorCode early)
        => Interlocked.CompareExchange(ref _answered, early == RpcErrorCode.None ? ByMethod : (int)early, 0) == 0;

    private protected void HoldByBoth() => _holders = 2;

    /// <summary>True for the last who held it.</summary>
    private protected bool LetGo() => Interlocked.Decrement(ref _holders) == 0;

    private protected void ForgetEnd()
    {
        _cancellation = null;
        _end = 0;
        _answered = 0;
    }
}
