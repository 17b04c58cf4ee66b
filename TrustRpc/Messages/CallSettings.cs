namespace TrustRpc.Messages;

/// <summary>What one call may say beyond method and arguments.</summary>
internal readonly record struct CallSettings(TimeSpan? Timeout);
