namespace TrustRpc.Connections;

/// <summary>Who ended a running call before its method did; the first one counts.</summary>
internal enum CallEnd
{
    None,

    /// <summary>The caller cancelled it.</summary>
    Caller,

    /// <summary>Its time was up.</summary>
    Deadline,

    /// <summary>This side is closing the connection, and the time to drain is over.</summary>
    Drained,

    /// <summary>The peer has said that it leaves, or was sent away; it may still hear answers.</summary>
    PeerLeft,

    /// <summary>The connection is gone: nobody is there to answer.</summary>
    ConnectionLost,
}
