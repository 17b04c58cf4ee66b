namespace TrustRpc;

/// <summary>The error codes of the protocol (<c>docs/PROTOCOL.md</c>, section 5.1). Any other integer is a code of the application's own.</summary>
public enum RpcErrorCode
{
    /// <summary>No error; never travels.</summary>
    None = 0,

    /// <summary>The method failed on purpose; the message is the method's own.</summary>
    ApplicationError = -32000,

    /// <summary>No such stream token.</summary>
    UnknownStream = -32001,

    /// <summary>The method ran; its result cannot be serialised, exceeds the frame limit, or is null although it is declared never to be.</summary>
    ResultNotSendable = -32003,

    /// <summary>The call needs an identity that the caller has not shown, or whose token has expired.</summary>
    Unauthenticated = -32010,

    /// <summary>The caller may not do this.</summary>
    PermissionDenied = -32011,

    /// <summary>The deadline of the call has passed.</summary>
    DeadlineExceeded = -32012,

    /// <summary>Over a limit (calls in flight, open streams, output queued); not executed.</summary>
    ResourceExhausted = -32013,

    /// <summary>
    /// Going away or locked down; not executed, safe to try elsewhere. A method that raises it vouches that it has done nothing: clients that reconnect call it again, with growing pauses, until
    /// the call's time is up. Raised with an inner exception that says that a call of the method's own may have been executed, it travels as <see cref="ApplicationError"/>.
    /// </summary>
    Unavailable = -32014,

    /// <summary>What the call names is not there.</summary>
    NotFound = -32015,

    /// <summary>Already there, or changed meanwhile.</summary>
    Conflict = -32016,

    /// <summary>Not a JSON-RPC message, or against the rules of a reserved one.</summary>
    InvalidRequest = -32600,

    /// <summary>No such method, or none that this caller may know of.</summary>
    MethodNotFound = -32601,

    /// <summary>Missing, surplus or ill-typed parameter; the message names it.</summary>
    InvalidParams = -32602,

    /// <summary>The method failed unexpectedly; the message holds an error id that the callee logged, and no detail.</summary>
    InternalError = -32603,

    /// <summary>The caller cancelled, or the callee had to end the call after it began.</summary>
    Cancelled = -32800,
}
