namespace TrustRpc.Management;

/// <summary>A query on its way through all clients in order: counts those that fit, and keeps those of the page.</summary>
internal sealed class ClientSearch(ClientQuery query)
{
    public bool? Online => query.Online;

    /// <summary>The text that names have in them, in capitals; null = any name fits.</summary>
    public string? Text { get; } = query.NameContains is { Length: > 0 } text ? text.ToUpperInvariant() : null;

    public List<ClientKey> Page { get; } = [];

    /// <summary>How many fit so far.</summary>
    public int Total { get; private set; }

    /// <summary>Whether none of so many that come next is on the page.</summary>
    public bool IsBefore(int count) => Total + count <= query.Skip || Page.Count == query.Take;

    /// <summary>Passes over so many that fit.</summary>
    public void Pass(int count) => Total += count;

    /// <summary>Takes the next one that fits.</summary>
    public void Take(ClientKey key)
    {
        if (Total++ >= query.Skip && Page.Count < query.Take)
        {
            Page.Add(key);
        }
    }
}
