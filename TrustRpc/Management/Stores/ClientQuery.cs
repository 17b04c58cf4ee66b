namespace TrustRpc.Management;

/// <summary>Which clients a store is asked for, in the order of name and then id, both compared character by character.</summary>
public sealed record ClientQuery
{
    /// <summary>How many clients come before the page: 0 or more, default 0.</summary>
    public int Skip { get; init; }

    /// <summary>The most clients on the page: at least 1, default 50.</summary>
    public int Take { get; init; } = 50;

    /// <summary>True = those alone that are connected, false = those alone that are not, null (the default) = all.</summary>
    public bool? Online { get; init; }

    /// <summary>Those alone whose name has this text in it, whatever the case of its letters; null (the default) = all.</summary>
    public string? NameContains { get; init; }
}
