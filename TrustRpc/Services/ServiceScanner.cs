using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace TrustRpc.Services;

/// <summary>Finds what an object offers to callers. Runs once per registration.</summary>
[RequiresUnreferencedCode(Reflection.Reason)]
internal static class ServiceScanner
{
    private const BindingFlags Members = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.FlattenHierarchy;

    /// <summary>
    /// The methods of <paramref name="declared"/> alone where that is a marked interface: naming it is how a user limits what is offered. Otherwise those of every
    /// marked interface of the object, and its own marked methods.
    /// </summary>
    public static List<MethodSource> Scan(Type declared, object service, List<string> problems)
    {
        var found = new List<MethodSource>();
        if (InterfaceMembers.IsMarked(declared))
        {
            AddInterface(declared, service, found, problems);
            return found;
        }

        foreach (Type type in service.GetType().GetInterfaces())
        {
            if (InterfaceMembers.IsMarked(type))
            {
                AddInterface(type, service, found, problems);
            }
        }

        AddMarkedMethods(service, found, problems);
        return found;
    }

    private static void AddInterface(Type type, object service, List<MethodSource> found, List<string> problems)
    {
        foreach ((MethodInfo method, string name, bool inline) in InterfaceMembers.Of(type, problems))
        {
            // Two marked interfaces may extend the same one.
            if (!found.Exists(other => other.Name == name && other.Callee == method))
            {
                MethodInfo implementation = Implementation(service.GetType(), method);
                bool runsInline = inline || implementation.GetCustomAttribute<RpcMethodAttribute>() is { Inline: true };
                found.Add(MethodSource.OfMethod(name, runsInline, method, service, implementation));
            }
        }
    }

    private static void AddMarkedMethods(object service, List<MethodSource> found, List<string> problems)
    {
        foreach (MethodInfo method in service.GetType().GetMethods(Members))
        {
            if (method.DeclaringType == typeof(object) || method.GetCustomAttribute<RpcMethodAttribute>() is not { } attribute)
            {
                continue;
            }

            string name = NameRule.NameOf(method, attribute, prefix: null);
            if (found.Exists(other => other.Name == name && other.Declared == method))
            {
                continue;
            }

            var source = MethodSource.OfMethod(name, attribute.Inline, method, service);
            if (method.IsPublic)
            {
                found.Add(source);
            }
            else
            {
                problems.Add($"{source} is marked [RpcMethod] but is not public");
            }
        }
    }

    private static MethodInfo Implementation(Type type, MethodInfo method)
    {
        InterfaceMapping map = type.GetInterfaceMap(method.DeclaringType!);
        return map.TargetMethods[Array.IndexOf(map.InterfaceMethods, method)];
    }
}
