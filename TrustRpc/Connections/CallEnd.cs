namespace TrustRpc.Connections;

/// <summary>Who ended a running call before its method did; the first one counts.</summary>
internal enum CallEnd
{
    None,

    /// <summary>The caller cancelled it.</summary>
    Caller,

    /// <summary>Its time was up.</summary>
    Deadline,

    /// <summary>The connection is ending, and its time to drain is over.</summary>
    Drained,

    /// <summary>The connection is gone: nobody is there to answer.</summary>
    ConnectionLost,
}
