namespace TrustRpc;

/// <summary>A client whose first proof fits is about to be let in. Not thread-safe: for the handler, while it runs.</summary>
public sealed class RpcClientConnectingEventArgs : EventArgs
{
    internal RpcClientConnectingEventArgs(string id, string name) => (Id, Name) = (id, name);

    /// <summary>The id that the client claims: 1 to 128 bytes, no control characters.</summary>
    public string Id { get; }

    /// <summary>Its name for people, within the same limits.</summary>
    public string Name { get; }

    /// <summary>Why it is turned away. Default null = it is let in. The client learns it as a <see cref="TrustException"/>.</summary>
    public TrustRefusal? Refusal { get; set; }
}
