namespace TrustRpc.Client.Discovery;

/// <summary>What the mark <c>x-stream</c> says (<c>docs/PROTOCOL.md</c>, section 5.2).</summary>
internal enum StreamKind
{
    None,
    Sequence,
    Progress,
}
