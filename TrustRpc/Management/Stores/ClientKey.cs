namespace TrustRpc.Management;

/// <summary>What clients are ordered by: the name, then the id, both compared by code points, which is the order of UTF-8 and so that of the databases.</summary>
internal readonly record struct ClientKey(string Name, string Uuid) : IComparable<ClientKey>
{
    /// <summary>Before every client.</summary>
    public static readonly ClientKey First = new("", "");

    public static ClientKey Of(KnownClient client) => new(client.Name, client.Uuid);

    public int CompareTo(ClientKey other) => Compare(Name, other.Name) is not 0 and var byName ? byName : Compare(Uuid, other.Uuid);

    private static int Compare(string a, string b)
    {
        int same = a.AsSpan().CommonPrefixLength(b);
        return same == a.Length || same == b.Length ? a.Length - b.Length : Rank(a[same]) - Rank(b[same]);
    }

    // Surrogates stand for code points beyond all of the characters that come behind them.
    private static int Rank(char c) => c < 0xD800 ? c : c < 0xE000 ? c + 0x2000 : c - 0x800;
}
