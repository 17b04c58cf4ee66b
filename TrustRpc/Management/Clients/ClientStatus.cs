using System.Text.Json.Serialization;

namespace TrustRpc.Management;

/// <summary>A client in a list, as it travels. Immutable.</summary>
public sealed record ClientStatus
{
    /// <summary>The client's id of the handshake.</summary>
    [JsonPropertyName("uuid")]
    public required string Uuid { get; init; }

    /// <summary>Its name for people.</summary>
    [JsonPropertyName("name")]
    public required string Name { get; init; }

    /// <summary>Where it connected from: an IP address, <c>uid 1000</c>, <c>pipe</c>.</summary>
    [JsonPropertyName("ip_address")]
    public string IpAddress { get; init; } = "";

    /// <summary>While it is connected, when anything of it arrived last, a sign of life included; else when it left, or was last heard before the server was killed. Unix milliseconds.</summary>
    [JsonPropertyName("last_seen")]
    public long LastSeen { get; init; }

    /// <summary>Whether it is connected.</summary>
    [JsonPropertyName("online")]
    public bool Online { get; init; }

    /// <summary>The server's endpoint that it came through last; empty for a stream that the program handed in.</summary>
    [JsonPropertyName("endpoint")]
    public string Endpoint { get; init; } = "";

    /// <summary>How its bytes travel: <c>tcp</c>, <c>tls</c>, <c>unix</c>, <c>pipe</c>, <c>stream</c>.</summary>
    [JsonPropertyName("transport")]
    public string Transport { get; init; } = "";

    /// <summary>When it connected last. Unix milliseconds.</summary>
    [JsonPropertyName("connected_at")]
    public long ConnectedAt { get; init; }

    /// <summary>Commands that it has been sent and not answered.</summary>
    [JsonPropertyName("pending_commands")]
    public int PendingCommands { get; init; }

    internal static ClientStatus Of(KnownClient client, int pending) => new()
    {
        Uuid = client.Uuid,
        Name = client.Name,
        IpAddress = client.IpAddress,
        LastSeen = client.LastSeen.ToUnixTimeMilliseconds(),
        Online = client.Online,
        Endpoint = client.Endpoint,
        Transport = client.Transport,
        ConnectedAt = client.ConnectedAt.ToUnixTimeMilliseconds(),
        PendingCommands = pending,
    };
}
