using System.Text.Json;
using TrustRpc.Messages;

namespace TrustRpc.Connections;

/// <summary>What a failed method tells its caller (section 5.1): its own words where it failed on purpose, else an error id and no detail.</summary>
internal readonly record struct MethodFailure(RpcErrorCode Code, string Message, JsonElement? Data, string? ErrorId)
{
    public static MethodFailure Of(Exception exception, CallEnd end, string method, ConnectionStreams streams, bool exposesExceptions)
    {
        switch (exception)
        {
            // Its words are the caller's own, or of the connection that they share.
            case RpcException broken when broken.BrokeArgumentOf == streams:
                return OfArgument(broken, method);

            // What a call of the method's own brought back is no failure on purpose: its text was meant for this process.
            case RpcException onPurpose when exception is not (RpcCallException or RpcConnectionException or TrustException):
                return new MethodFailure(CodeOf(onPurpose), ExceptionText.Of(onPurpose), onPurpose.ErrorData, null);
            case OperationCanceledException or RpcCallException { Code: RpcErrorCode.DeadlineExceeded } when end == CallEnd.Deadline:
                return new MethodFailure(RpcErrorCode.DeadlineExceeded, DeadlineMessage(method), null, null);

            // Its own calls end with it: those that had the rest of its time when that is up, those back to its caller when they have lost each other.
            case OperationCanceledException or RpcCallException { Code: RpcErrorCode.DeadlineExceeded } when end != CallEnd.None:
            case RpcConnectionException when end is CallEnd.ConnectionLost or CallEnd.PeerLeft:
                return new MethodFailure(RpcErrorCode.Cancelled, CancelledMessage(method, end), null, null);
            default:
                string id = RemoteError.NewErrorId();
                return new MethodFailure(
                    RpcErrorCode.InternalError,
                    exposesExceptions ? $"{ExceptionText.Of(exception)} ({RemoteError.InternalErrorMessage(method, id)})" : RemoteError.InternalErrorMessage(method, id),
                    exposesExceptions ? ExceptionDetail.Of(exception) : null,
                    id);
        }
    }

    private static MethodFailure OfArgument(RpcException broken, string method) => broken switch
    {
        RpcConnectionException => new MethodFailure(RpcErrorCode.Cancelled, CancelledMessage(method, CallEnd.ConnectionLost), null, null),
        RpcCallException { ErrorId: { } id, ErrorData: null } => new MethodFailure(broken.Code, RemoteError.BrokenArgumentMessage(method, id), null, null),
        _ => new MethodFailure(IsNotExecuted(broken.Code) ? RpcErrorCode.ApplicationError : broken.Code, $"'{method}' was given a sequence that failed: {broken.Message}", broken.ErrorData, null),
    };

    // "Not executed" is the method's own word, and cannot stand where it speaks because a call that it has made may have been.
    private static RpcErrorCode CodeOf(RpcException onPurpose)
        => IsNotExecuted(onPurpose.Code) && MayHaveRun(onPurpose.InnerException) ? RpcErrorCode.ApplicationError : onPurpose.Code;

    private static bool MayHaveRun(Exception? cause) => cause switch
    {
        null => false,
        RpcConnectionException lost => lost.MayHaveBeenExecuted,
        RpcCallException answered => !IsNotExecuted(answered.Code),
        _ => MayHaveRun(cause.InnerException),
    };

    private static bool IsNotExecuted(RpcErrorCode code) => code is RpcErrorCode.Unavailable or RpcErrorCode.ResourceExhausted;

    /// <summary>The same on both sides: which of the two notices first is chance.</summary>
    public static string DeadlineMessage(string method, bool mayHaveRun = true)
        => mayHaveRun ? $"The time for '{method}' was up before it was answered. It may have been executed." : $"The time for '{method}' was up before it was sent, so it was not executed.";

    public static string CancelledMessage(string method, CallEnd end)
        => end == CallEnd.Caller ? $"'{method}' was cancelled by its caller." : $"'{method}' was ended because the connection is closing.";
}
