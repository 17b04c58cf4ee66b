using TrustRpc.Framing;
using TrustRpc.Messages;

namespace TrustRpc.Connections;

/// <summary>
/// A call that this side has sent. Whoever takes it off the table of <see cref="PendingCalls"/> ends it, once: the reader with an answer, its caller by
/// giving up, the deadline, or the end of the connection.
/// </summary>
internal abstract class PendingCall : IThreadPoolWorkItem
{
    private protected PayloadBuffer _result;
    private protected Exception? _error;

    /// <summary>The id on the wire, once it is on the table.</summary>
    public long Id { get; set; }

    /// <summary>Where the request is.</summary>
    public RequestPlace Place;

    public string Method { get; private protected set; } = "";

    /// <summary>When the caller stops waiting, as a timestamp of the connection's time provider; <see cref="long.MaxValue"/> = never.</summary>
    public long Deadline { get; private protected set; } = long.MaxValue;

    /// <summary>True where a thread blocks in <see cref="PendingCall{T}.Wait"/>: it is woken at once and runs nothing on the reader.</summary>
    public abstract bool HasBlockedThread { get; }

    /// <summary>The progress reports of this call that come before its outcome; null where there are none.</summary>
    public virtual ReportQueue? Reports => null;

    /// <summary>True where the answer is to be a sequence, so that a late one must be aborted.</summary>
    public virtual bool ExpectsSequence => false;

    /// <summary>Keeps the answer; the reader's slice is gone when it goes on.</summary>
    public virtual void Answer(in Envelope envelope)
    {
        if (envelope.Kind == EnvelopeKind.Response)
        {
            _result.Set(envelope.Payload);
        }
        else
        {
            _error = RemoteError.Read(envelope.Payload, Method);
        }
    }

    /// <summary>Ends the call with an error of this side's.</summary>
    public virtual void Fail(Exception error) => _error = error;

    /// <summary>The error of a call whose time is up.</summary>
    public virtual RpcException TooLate(bool mayHaveRun)
    {
        string message = MethodFailure.DeadlineMessage(Method, mayHaveRun);
        return new RpcCallException(RpcErrorCode.DeadlineExceeded, message, new TimeoutException(message));
    }

    /// <summary>The error of a call whose connection is gone.</summary>
    public virtual RpcConnectionException Lost(string peer, string reason, Exception? cause, bool mayHaveRun)
        => new($"'{Method}' was not answered: the connection to '{peer}' ended because {reason}. {Consequence(mayHaveRun)}", cause, mayHaveRun);

    /// <summary>Hands the outcome to the caller: runs its continuation on this thread, or wakes the thread that blocks.</summary>
    public abstract void Execute();

    private static string Consequence(bool mayHaveRun) => mayHaveRun ? "It may have been executed." : "It was not sent, so it was not executed.";
}
