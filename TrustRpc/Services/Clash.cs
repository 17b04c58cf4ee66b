namespace TrustRpc.Services;

/// <summary>Finds methods that want the same name.</summary>
internal static class Clash
{
    /// <summary>Among those that are registered together.</summary>
    public static void Check(List<MethodSource> sources, List<string> problems)
    {
        var byName = new Dictionary<string, MethodSource>(StringComparer.Ordinal);
        foreach (MethodSource source in sources)
        {
            if (!byName.TryAdd(source.Name, source))
            {
                problems.Add(Describe(source, byName[source.Name]));
            }
        }
    }

    /// <summary>Among the members of a proxy, where two that differ only in how they wait (<c>Add</c> and <c>AddAsync</c>) call the same method.</summary>
    public static void CheckProxy(List<MethodSource> sources, List<string> problems)
        => Check(sources.FindAll(source => source == sources.Find(other => AreTwins(source, other))), problems);

    /// <summary>With those that are registered already.</summary>
    public static void Check(List<MethodSource> sources, MethodTable table, List<string> problems)
    {
        foreach (MethodSource source in sources)
        {
            if (table.TryFindExact(source.Name, out MethodDescriptor? other))
            {
                problems.Add(Describe(source, other.Source));
            }
        }
    }

    private static bool AreTwins(MethodSource one, MethodSource other)
        => one.Name == other.Name
        && ReturnShape.Of(one.Callee.ReturnType).Type == ReturnShape.Of(other.Callee.ReturnType).Type
        && WireTypes(one).SequenceEqual(WireTypes(other));

    private static IEnumerable<Type> WireTypes(MethodSource source)
        => source.Parameters.Select(p => p.ParameterType).Where(type => ParameterKinds.Of(type) == ParameterKind.Wire);

    private static string Describe(MethodSource added, MethodSource other)
        => $"the name '{added.Name}' would stand for both {other} and {added}; give one of them another, such as [RpcMethod(\"{added.Name}Other\")]";
}
