using System.Text.Json.Serialization;

namespace TrustRpc.Management;

/// <summary>One page of a server's clients, as it travels. Immutable.</summary>
public sealed record ClientList
{
    /// <summary>The clients of the page, by name and then id; empty beyond the last one.</summary>
    [JsonPropertyName("clients")]
    public required IReadOnlyList<ClientStatus> Clients { get; init; }

    /// <summary>How many there are on all pages, under the same filters.</summary>
    [JsonPropertyName("total")]
    public required int Total { get; init; }
}
