namespace TrustRpc.Management;

/// <summary>One page of the clients that a query is about. Immutable.</summary>
/// <param name="Clients">The clients of the page, in order; empty beyond the last one.</param>
/// <param name="Total">How many clients the query is about, on all pages.</param>
public sealed record ClientPage(IReadOnlyList<KnownClient> Clients, int Total);
