namespace TrustRpc.Benchmarks.Loads;

/// <summary>Opens a connection and gets one answer over it; closing it is the receiver's.</summary>
internal interface IConnector
{
    Task<IAsyncDisposable> OpenAsync();
}
