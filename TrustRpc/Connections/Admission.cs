namespace TrustRpc.Connections;

/// <summary>Whether a new request of the peer's is run (section 5). For the reader.</summary>
internal sealed class Admission(ConnectionStage stage, ActiveCalls active, UnreadOutput unread, ConnectionSettings settings)
{
    /// <summary>Why it is not; null = it is.</summary>
    public (RpcErrorCode Code, string Message)? Refusal()
    {
        if (stage.IsGoingAway)
        {
            return (RpcErrorCode.Unavailable, "This side is going away; the call was not executed.");
        }

        if (active.Unanswered >= settings.MaxCalls)
        {
            return (RpcErrorCode.ResourceExhausted, $"There are {settings.MaxCalls} calls in flight already, which is the limit; the call was not executed.");
        }

        if (active.BytesInLine > settings.MostInLine)
        {
            return (RpcErrorCode.ResourceExhausted, "Too large calls are waiting for those to end whose time was up; the call was not executed.");
        }

        if (unread.IsTooMuch)
        {
            return (RpcErrorCode.ResourceExhausted, "Too much output is waiting for this peer to read it; the call was not executed.");
        }

        return null;
    }
}
