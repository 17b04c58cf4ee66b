using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace TrustRpc.Services;

/// <summary>The methods by name. Immutable: a registration makes a new table, and who is looking something up meanwhile keeps the old one.</summary>
internal sealed class MethodTable
{
    public static readonly MethodTable Empty = new([]);

    private readonly Dictionary<byte[], MethodDescriptor> _methods;
    private readonly Dictionary<byte[], MethodDescriptor>.AlternateLookup<ReadOnlySpan<byte>> _byName;

    private MethodTable(Dictionary<byte[], MethodDescriptor> methods)
    {
        _methods = new(methods, Utf8Comparer.Instance);
        _byName = _methods.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    public IReadOnlyCollection<MethodDescriptor> Methods => _methods.Values;

    /// <summary>The method of that name; else, where the name ends in <c>Async</c>, the one named without it.</summary>
    public bool TryFind(ReadOnlySpan<byte> utf8Name, [NotNullWhen(true)] out MethodDescriptor? method)
        => _byName.TryGetValue(utf8Name, out method)
        || (NameRule.TryWithoutAsync(utf8Name, out ReadOnlySpan<byte> shorter) && _byName.TryGetValue(shorter, out method));

    public bool TryFindExact(ReadOnlySpan<byte> utf8Name, [NotNullWhen(true)] out MethodDescriptor? method) => _byName.TryGetValue(utf8Name, out method);

    public bool TryFindExact(string name, [NotNullWhen(true)] out MethodDescriptor? method) => _methods.TryGetValue(Encoding.UTF8.GetBytes(name), out method);

    public MethodTable With(IEnumerable<MethodDescriptor> added)
    {
        var table = new MethodTable(_methods);
        foreach (MethodDescriptor method in added)
        {
            table._methods.Add(Encoding.UTF8.GetBytes(method.Name), method);
        }

        return table;
    }

    private sealed class Utf8Comparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly Utf8Comparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        // Only the program's own names are in the table, so nobody outside can fill a bucket; speed is all that counts.
        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            uint hash = 2166136261;
            foreach (byte b in alternate)
            {
                hash = (hash ^ b) * 16777619;
            }

            return (int)hash;
        }
    }
}
