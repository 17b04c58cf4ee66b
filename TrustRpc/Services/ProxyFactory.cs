using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using TrustRpc.Messages;

namespace TrustRpc.Services;

/// <summary>Makes typed proxies. An interface is looked at once; what cannot be called is refused then, everything at once.</summary>
[RequiresUnreferencedCode(Reflection.Reason)]
[RequiresDynamicCode(Reflection.DynamicReason)]
internal static class ProxyFactory
{
    /// <exception cref="InvalidOperationException"><typeparamref name="T"/> is not an interface, or has members that cannot be called from afar.</exception>
    public static T Create<T>(RpcCaller caller)
        where T : class
    {
        Dictionary<MethodInfo, ProxyMember> members = MembersOf<T>.Get();
        T proxy = DispatchProxy.Create<T, RpcProxy>();
        ((RpcProxy)(object)proxy).Attach(caller, members);
        return proxy;
    }

    private static Dictionary<MethodInfo, ProxyMember> Inspect(Type type)
    {
        string consequence = $"{TypeName.Of(type)} cannot be called through a proxy";
        if (!type.IsInterface)
        {
            Registration.ThrowIfAny(["it is not an interface"], consequence);
        }

        var problems = new List<string>();
        List<MethodSource> sources = InterfaceMembers.Of(type, problems).ConvertAll(m => MethodSource.OfInterface(m.Name, m.Method));
        sources.ForEach(source => ShapeRule.Check(source, problems));
        problems.AddRange(sources.Where(source => source.Callee.GetCustomAttribute<RpcMethodAttribute>()?.TimeoutMilliseconds < Timeout.Infinite)
            .Select(source => $"{source} has a negative timeout; Timeout.Infinite (-1) stands for none, 0 for the caller's own"));
        problems.AddRange(sources.Where(source => source.Callee.GetCustomAttribute<RpcMethodAttribute>()?.StreamTimeoutMilliseconds < Timeout.Infinite)
            .Select(source => $"{source} has a negative stream timeout; 0 stands for none"));
        problems.AddRange(sources.Where(source => Array.Exists(source.Parameters, p => ParameterKinds.Of(p.ParameterType) == ParameterKind.AllArguments))
            .Select(source => $"{source} takes whatever it is given, as {nameof(RpcArguments)}: call it by its name"));
        Clash.CheckProxy(sources, problems);
        Registration.ThrowIfAny(problems, consequence);
        return sources.ToDictionary(source => source.Callee, Make);
    }

    private static ProxyMember Make(MethodSource source)
    {
        ReturnShape shape = ReturnShape.Of(source.Callee.ReturnType);
        var arguments = new ProxyArguments(source.Name, source.Parameters, SettingsOf(source.Callee), StreamTimeoutOf(source.Callee), source.Callee);
        if (shape.Kind == ReturnKind.ValueTask)
        {
            return new ProxyMemberOfValueTask(arguments);
        }

        if (shape.Kind == ReturnKind.Value && (StreamTypes.ItemOf(shape.Type!) ?? (source.Stream ? StreamTypes.LazyItemOf(shape.Type!) : null)) is { } item)
        {
            return (ProxyMember)Activator.CreateInstance(typeof(ProxyMemberOfSequence<>).MakeGenericType(item), arguments)!;
        }

        Type member = shape.Kind switch
        {
            ReturnKind.Task or ReturnKind.TaskOfValue => typeof(ProxyMemberOfTask<>),
            ReturnKind.ValueTaskOfValue => typeof(ProxyMemberOfValueTask<>),
            _ => typeof(ProxyMemberOfValue<>),
        };
        return (ProxyMember)Activator.CreateInstance(member.MakeGenericType(shape.Type ?? typeof(object)), arguments)!;
    }

    private static CallSettings SettingsOf(MethodInfo method) => method.GetCustomAttribute<RpcMethodAttribute>() switch
    {
        null => default,
        { TimeoutMilliseconds: 0, Idempotent: var idempotent } => new CallSettings(null, idempotent),
        { TimeoutMilliseconds: var milliseconds, Idempotent: var idempotent } => new CallSettings(TimeSpan.FromMilliseconds(milliseconds), idempotent),
    };

    private static TimeSpan? StreamTimeoutOf(MethodInfo method)
        => method.GetCustomAttribute<RpcMethodAttribute>() is { StreamTimeoutMilliseconds: > 0 and var milliseconds } ? TimeSpan.FromMilliseconds(milliseconds) : null;

    /// <summary>Kept per interface. Two threads may look at it at the same time at first; both find the same.</summary>
    [RequiresUnreferencedCode(Reflection.Reason)]
    [RequiresDynamicCode(Reflection.DynamicReason)]
    private static class MembersOf<T>
    {
        private static Dictionary<MethodInfo, ProxyMember>? _members;

        public static Dictionary<MethodInfo, ProxyMember> Get() => _members ??= Inspect(typeof(T));
    }
}
