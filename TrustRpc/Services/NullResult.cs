namespace TrustRpc.Services;

/// <summary>A result that is null although its annotation says that it never is, told where it is made and where it is received.</summary>
internal static class NullResult
{
    /// <summary>For the caller and the log of the side that ran the method.</summary>
    public static RpcException Of(MethodDescriptor method) => new(
        RpcErrorCode.ResultNotSendable,
        $"'{method.Name}' ran, but its result cannot be sent: it is null, and the method is declared never to return null. Return a value, or declare the result nullable (?).");

    /// <summary>For the caller, whose interface does not expect it.</summary>
    public static RpcCallException Received(string method) => new(
        RpcErrorCode.ResultNotSendable,
        $"'{method}' ran and returned null, and the interface of the proxy says that it never does. Declare the result nullable (?) there if null is right.");
}
