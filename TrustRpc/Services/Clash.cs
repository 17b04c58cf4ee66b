namespace TrustRpc.Services;

/// <summary>Finds methods that want the same name.</summary>
internal static class Clash
{
    /// <summary>Among those that are registered, or called through a proxy, together.</summary>
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

    private static string Describe(MethodSource added, MethodSource other)
        => $"the name '{added.Name}' would stand for both {other} and {added}; give one of them another, such as [RpcMethod(\"{added.Name}Other\")]";
}
