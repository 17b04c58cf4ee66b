namespace TrustRpc.Messages;

/// <summary>One decoded message; its spans point into the frame it was read from.</summary>
internal ref struct Envelope
{
    public EnvelopeKind Kind;

    /// <summary>What is wrong, where the kind is malformed or invalid; never holds what the peer sent.</summary>
    public string? Problem;

    public RequestId Id;

    /// <summary>Whether there is an id to answer to or to be answered by: false for a response to no request of ours, as <c>-32600</c> with id null is.</summary>
    public bool HasId;

    /// <summary>The method's name, unescaped.</summary>
    public ReadOnlySpan<byte> Method;

    /// <summary><c>params</c>, <c>result</c> or <c>error</c>, as JSON; empty = absent.</summary>
    public ReadOnlySpan<byte> Payload;

    /// <summary>Milliseconds; 0 = none.</summary>
    public long Timeout;

    /// <summary>W3C trace context as JSON strings' contents; empty = absent.</summary>
    public ReadOnlySpan<byte> TraceParent;
    public ReadOnlySpan<byte> TraceState;

    /// <summary>The object of strings, as JSON; empty = absent.</summary>
    public ReadOnlySpan<byte> Meta;
}
