using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace TrustRpc.Services;

/// <summary>The base of every proxy; the base library derives from it the class that implements the interface.</summary>
[SuppressMessage("Performance", "CA1852", Justification = "The base library derives from it at run time.")]
internal class RpcProxy : DispatchProxy
{
    private RpcCaller _caller = null!;
    private Dictionary<MethodInfo, ProxyMember> _members = null!;

    /// <summary>Comes right after the base library has made the object, whose constructor it calls without arguments.</summary>
    public void Attach(RpcCaller caller, Dictionary<MethodInfo, ProxyMember> members)
    {
        _caller = caller;
        _members = members;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (_members.TryGetValue(targetMethod!, out ProxyMember? member))
        {
            return member.Call(_caller, args ?? []);
        }

        // What is left is disposal: the caller outlives its proxies and belongs to whoever connected it.
        return targetMethod!.ReturnType == typeof(ValueTask) ? ValueTask.CompletedTask : null;
    }
}
