using TrustRpc.Messages;

namespace TrustRpc;

/// <summary>
/// The call that a method is running: who called, and a way to call back. A method gets it by having a parameter of this type, which is not on the wire.
/// Calls made through it are given up when the call that it belongs to is cancelled. Thread-safe.
/// </summary>
public sealed class RpcContext : RpcCaller
{
    internal RpcContext(RpcConnection connection, string method, CancellationToken cancellationToken)
    {
        Connection = connection;
        Method = method;
        CancellationToken = cancellationToken;
    }

    /// <summary>Who called.</summary>
    public RpcPeer Peer => Connection.Peer;

    /// <summary>The connection that the call came through: keep it to call this peer after the method has returned.</summary>
    public RpcConnection Connection { get; }

    /// <summary>The name that the method is registered under.</summary>
    public string Method { get; }

    /// <summary>Fires when the call is cancelled, its time is up or its connection ends.</summary>
    public CancellationToken CancellationToken { get; }

    internal override ValueTask<T> InvokeAsync<T>(string method, CallArguments arguments, CallSettings settings, CancellationToken cancellationToken)
        => cancellationToken.CanBeCanceled && cancellationToken != CancellationToken
            ? InvokeLinkedAsync<T>(method, arguments.Positional.ToArray(), arguments.Named, settings, cancellationToken)
            : Connection.InvokeAsync<T>(method, arguments, settings, CancellationToken);

    internal override T InvokeBlocking<T>(string method, CallArguments arguments, CallSettings settings, CancellationToken cancellationToken)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(CancellationToken, cancellationToken);
        return Connection.InvokeBlocking<T>(method, arguments, settings, linked.Token);
    }

    internal override ValueTask SendNotificationAsync(string method, CallArguments arguments, CancellationToken cancellationToken)
        => Connection.SendNotificationAsync(method, arguments, cancellationToken);

    private async ValueTask<T> InvokeLinkedAsync<T>(
        string method, object?[] positional, object? named, CallSettings settings, CancellationToken cancellationToken)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(CancellationToken, cancellationToken);
        CallArguments arguments = named is null ? new CallArguments(positional) : new CallArguments(named);
        return await Connection.InvokeAsync<T>(method, arguments, settings, linked.Token).ConfigureAwait(false);
    }
}
