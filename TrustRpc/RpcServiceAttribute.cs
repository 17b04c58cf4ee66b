namespace TrustRpc;

/// <summary>Marks an interface all of whose methods callers may call: register an implementation, and make typed proxies from the same interface.</summary>
[AttributeUsage(AttributeTargets.Interface)]
public sealed class RpcServiceAttribute : Attribute
{
    /// <summary>Marks the interface; its methods travel under their own names.</summary>
    public RpcServiceAttribute()
    {
    }

    /// <summary>Marks the interface and gives its methods a common prefix.</summary>
    /// <param name="prefix">Put before each method's name with a dot between: <c>orders</c> makes <c>orders.List</c>.</param>
    public RpcServiceAttribute(string prefix) => Prefix = prefix;

    /// <summary>The common prefix; null = none.</summary>
    public string? Prefix { get; }
}
