namespace TrustRpc.Connections;

/// <summary>Why a connection has ended; the first reason stands.</summary>
/// <param name="Reason">A sentence for people.</param>
/// <param name="IsOrderly">True where one of the two sides said beforehand that it would end.</param>
/// <param name="Cause">The exception behind it, if any.</param>
internal sealed record ConnectionEnd(string Reason, bool IsOrderly, Exception? Cause = null);
