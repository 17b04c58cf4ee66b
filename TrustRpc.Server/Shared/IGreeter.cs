namespace TrustRpc.Programs;

/// <summary>The demonstration's service: the server registers an implementation, the client makes a typed proxy from the same interface.</summary>
[RpcService("greeter")]
public interface IGreeter
{
    /// <summary>Travels as <c>greeter.Greet</c>.</summary>
    Task<string> GreetAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Travels as <c>greeter.Count</c>: how many were greeted through this service.</summary>
    int Count();
}
