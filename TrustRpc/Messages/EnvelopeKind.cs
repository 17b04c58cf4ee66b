namespace TrustRpc.Messages;

/// <summary>What a frame turned out to hold.</summary>
internal enum EnvelopeKind
{
    /// <summary>Not JSON, or not text: the connection cannot go on (section 5).</summary>
    Malformed,

    /// <summary>Well-formed JSON that is no message: answered by -32600, and the connection lives.</summary>
    Invalid,
    Request,
    Notification,
    Response,
    Error,
}
