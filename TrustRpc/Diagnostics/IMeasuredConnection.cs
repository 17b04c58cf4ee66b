namespace TrustRpc.Diagnostics;

/// <summary>What is under way on a connection, read from any thread at any time.</summary>
internal interface IMeasuredConnection
{
    long CallsRunning { get; }

    long CallsPending { get; }

    long StreamsProduced { get; }

    long BytesUnsent { get; }
}
