namespace TrustRpc.Messages;

/// <summary>An argument whose declared type has derived ones that say in JSON which of them they are: written as its own type it would not.</summary>
internal sealed record DerivedValue(object Value, Type Base);
