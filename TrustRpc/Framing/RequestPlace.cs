namespace TrustRpc.Framing;

/// <summary>Where a frame that begins a call is, under the lock of the <see cref="OutputQueue"/> that it is for.</summary>
internal enum RequestPlace
{
    /// <summary>With its caller, who is still writing it.</summary>
    Caller,

    /// <summary>In the queue, or gone from there: what is found in the queue has not begun to leave.</summary>
    Queue,

    /// <summary>With its caller, for good: the call was given up meanwhile, and the queue does not take it.</summary>
    Withdrawn,
}
