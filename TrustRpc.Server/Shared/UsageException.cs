namespace TrustRpc.Programs;

/// <summary>The program was started in a way that it cannot follow; the message is one line that says what to do.</summary>
internal sealed class UsageException(string message) : Exception(message);
