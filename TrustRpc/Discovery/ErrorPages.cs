using System.Text.Json.Nodes;

namespace TrustRpc.Discovery;

/// <summary>The error codes of the protocol as a document tells them (<c>docs/PROTOCOL.md</c>, section 5.1), and which of them any method may answer with.</summary>
internal static class ErrorPages
{
    public static IReadOnlyList<(RpcErrorCode Code, string Meaning)> All { get; } =
    [
        (RpcErrorCode.InvalidRequest, "not a JSON-RPC message, or against the rules of a reserved one"),
        (RpcErrorCode.MethodNotFound, "no such method, or none that this caller may know of"),
        (RpcErrorCode.InvalidParams, "missing, surplus or ill-typed parameter; the message names it"),
        (RpcErrorCode.InternalError, "the method failed unexpectedly; the message holds an error id that the callee logged, no detail"),
        (RpcErrorCode.ApplicationError, "the method failed on purpose; the message is the method's own"),
        (RpcErrorCode.UnknownStream, "no such stream token"),
        (RpcErrorCode.ResultNotSendable, "the method ran; its result cannot be serialised, exceeds the frame limit, or is null where it is declared never to be"),
        (RpcErrorCode.Unauthenticated, "the call needs an identity that the caller has not shown, or whose token has expired"),
        (RpcErrorCode.PermissionDenied, "the caller may not do this"),
        (RpcErrorCode.DeadlineExceeded, "`timeout` has passed"),
        (RpcErrorCode.ResourceExhausted, "over a limit (calls in flight, open sequences, output queued); not executed"),
        (RpcErrorCode.Unavailable, "going away or locked down; not executed, safe to try elsewhere"),
        (RpcErrorCode.NotFound, "what the call names is not there (a client that is offline, say)"),
        (RpcErrorCode.Conflict, "already there, or changed meanwhile"),
        (RpcErrorCode.Cancelled, "the caller cancelled, or the callee had to end it after it began"),
    ];

    private static readonly RpcErrorCode[] OfAnyMethod =
    [
        RpcErrorCode.ApplicationError, RpcErrorCode.InvalidParams, RpcErrorCode.InternalError, RpcErrorCode.DeadlineExceeded,
        RpcErrorCode.ResourceExhausted, RpcErrorCode.Unavailable, RpcErrorCode.Cancelled,
    ];

    /// <summary>Each code by its name.</summary>
    public static JsonObject Components()
    {
        JsonObject errors = [];
        foreach ((RpcErrorCode code, string meaning) in All)
        {
            errors[code.ToString()] = new JsonObject { ["code"] = (int)code, ["message"] = meaning };
        }

        return errors;
    }

    /// <summary>References to those that a method may answer with.</summary>
    public static JsonArray Of(bool hasResult)
    {
        JsonArray errors = [.. OfAnyMethod.Select(Reference)];
        if (hasResult)
        {
            errors.Add((JsonNode)Reference(RpcErrorCode.ResultNotSendable));
        }

        return errors;
    }

    private static JsonObject Reference(RpcErrorCode code) => new() { ["$ref"] = $"#/components/errors/{code}" };
}
