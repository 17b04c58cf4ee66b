namespace TrustRpc.Services;

/// <summary>Where a parameter's value comes from.</summary>
internal enum ParameterKind
{
    /// <summary>From the caller, as JSON.</summary>
    Wire,

    /// <summary>From the call: its token.</summary>
    CancellationToken,

    /// <summary>From the call: its context.</summary>
    Context,

    /// <summary>From the caller: all that it gave, as it came.</summary>
    AllArguments,
}

internal static class ParameterKinds
{
    public static ParameterKind Of(Type type)
        => type == typeof(CancellationToken) ? ParameterKind.CancellationToken
        : type == typeof(RpcContext) ? ParameterKind.Context
        : type == typeof(RpcArguments) ? ParameterKind.AllArguments
        : ParameterKind.Wire;
}
