using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using TrustRpc.Messages;

namespace TrustRpc.Services;

/// <summary>The methods that an interface stands for, and their names: the same list for who serves it and for who calls it.</summary>
internal static class InterfaceMembers
{
    /// <summary>
    /// The methods of <paramref name="type"/> and of the interfaces it extends. One that carries <c>[RpcService]</c> itself names its own methods;
    /// the others' take the prefix of <paramref name="type"/>. Disposal is never a call. What cannot be a call is added to <paramref name="problems"/>.
    /// </summary>
    [RequiresUnreferencedCode(Reflection.Reason)]
    public static List<(MethodInfo Method, string Name, bool Inline)> Of(Type type, List<string> problems)
    {
        var members = new List<(MethodInfo, string, bool)>();
        Collect(type, Prefix(type), members, problems);
        foreach (Type parent in type.GetInterfaces())
        {
            Collect(parent, IsMarked(parent) ? Prefix(parent) : Prefix(type), members, problems);
        }

        return members;
    }

    public static bool IsMarked(Type type) => type.IsInterface && type.IsDefined(typeof(RpcServiceAttribute), inherit: false);

    public static bool IsDisposal(Type? type) => type == typeof(IDisposable) || type == typeof(IAsyncDisposable);

    [RequiresUnreferencedCode(Reflection.Reason)]
    private static void Collect(Type type, string? prefix, List<(MethodInfo, string, bool)> members, List<string> problems)
    {
        if (IsDisposal(type))
        {
            return;
        }

        foreach (PropertyInfo property in type.GetProperties())
        {
            problems.Add($"{TypeName.Of(type)}.{property.Name} is a property: only methods can be called; make it a method");
        }

        foreach (EventInfo @event in type.GetEvents())
        {
            problems.Add($"{TypeName.Of(type)}.{@event.Name} is an event: only methods can be called; let the caller register a method instead");
        }

        foreach (MethodInfo method in type.GetMethods())
        {
            if (method.IsSpecialName || (method.IsStatic && !method.IsAbstract))
            {
                continue;
            }

            if (method.IsStatic)
            {
                problems.Add($"{TypeName.Of(type)}.{method.Name} is static: a service is an object");
                continue;
            }

            var attribute = method.GetCustomAttribute<RpcMethodAttribute>();
            members.Add((method, NameRule.NameOf(method, attribute, prefix), attribute?.Inline ?? false));
        }
    }

    private static string? Prefix(Type type) => type.GetCustomAttribute<RpcServiceAttribute>(inherit: false)?.Prefix;
}
