using System.Reflection;

namespace TrustRpc.Services;

/// <summary>Under which name a method travels. Registration and proxies follow the same rule, so that one interface serves both ends.</summary>
internal static class NameRule
{
    private const string Async = "Async";

    /// <summary>The name that the attribute gives, else the CLR name without <c>Async</c>; after the service's prefix and a dot.</summary>
    public static string NameOf(MethodInfo method, RpcMethodAttribute? attribute, string? prefix)
    {
        string name = attribute?.Name ?? WithoutAsync(method.Name);
        return string.IsNullOrEmpty(prefix) ? name : $"{prefix}.{name}";
    }

    /// <summary>What is wrong with a name, or null.</summary>
    public static string? ProblemOf(string name)
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            return "a method needs a name";
        }

        if (name.StartsWith("$/", StringComparison.Ordinal) || name.StartsWith("rpc.", StringComparison.Ordinal))
        {
            return $"the name '{name}' is not free: names that begin with $/ or rpc. belong to the protocol";
        }

        foreach (char c in name)
        {
            if (char.IsControl(c) || char.IsSurrogate(c))
            {
                return "the name has a control character or a surrogate in it";
            }
        }

        return null;
    }

    /// <summary>The second name that a caller may mean, for one who uses the CLR name as it stands.</summary>
    public static bool TryWithoutAsync(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> shorter)
    {
        bool applies = name.EndsWith("Async"u8) && name.Length > Async.Length && !name.StartsWith("$/"u8) && !name.StartsWith("rpc."u8);
        shorter = applies ? name[..^Async.Length] : default;
        return applies;
    }

    private static string WithoutAsync(string name)
        => name.EndsWith(Async, StringComparison.Ordinal) && name.Length > Async.Length ? name[..^Async.Length] : name;
}
