namespace TrustRpc.Management;

/// <summary>What a subscription finds in the history.</summary>
internal enum EventSupply
{
    /// <summary>Nothing, and nothing will come.</summary>
    Ended,

    /// <summary>Events.</summary>
    Some,

    /// <summary>Nothing; the subscription is on the list of those to be woken.</summary>
    NoneYet,

    /// <summary>Nothing among those looked at; there are further ones.</summary>
    MoreToSearch,
}
