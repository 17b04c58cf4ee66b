using System.Diagnostics.CodeAnalysis;

namespace TrustRpc.Messages;

/// <summary>Tells sequences and progress reports from other types.</summary>
internal static class StreamTypes
{
    /// <summary>The items' type of an <see cref="IAsyncEnumerable{T}"/>; null for other types.</summary>
    public static Type? ItemOf(Type type) => Argument(type, typeof(IAsyncEnumerable<>));

    /// <summary>The reports' type of an <see cref="IProgress{T}"/>; null for other types.</summary>
    public static Type? ReportOf(Type type) => Argument(type, typeof(IProgress<>));

    /// <summary>True for sequences and progress reports.</summary>
    public static bool IsStream(Type type) => ItemOf(type) is not null || ReportOf(type) is not null;

    /// <summary>The items' type of an <see cref="IEnumerable{T}"/>; null for other types.</summary>
    public static Type? LazyItemOf(Type type) => Argument(type, typeof(IEnumerable<>));

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "An interface that trimming removed is one that nobody streams through.")]
    private static Type? Argument(Type type, Type definition)
    {
        Type? found = Is(type, definition) ? type : Array.Find(type.GetInterfaces(), i => Is(i, definition));
        return found?.GenericTypeArguments[0];
    }

    private static bool Is(Type type, Type definition) => type.IsGenericType && type.GetGenericTypeDefinition() == definition;
}
