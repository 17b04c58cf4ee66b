namespace TrustRpc.Hosting;

/// <summary>One place where the server may be: its name for people, and the way there, which ends in a connection that has been started.</summary>
internal sealed record DialTarget(string Name, Func<CancellationToken, Task<RpcConnection>> ConnectAsync);
