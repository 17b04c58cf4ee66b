using TrustRpc.Messages;

namespace TrustRpc;

/// <summary>
/// The call that a method is running: who called, and a way to call back. A method gets it by having a parameter of this type, which is not on the wire.
/// Calls made through it are given up when the call that it belongs to is cancelled, and wait no longer than that has time. Thread-safe.
/// </summary>
/// <remarks>
/// A call to somebody else takes both along by hand: <c>other.CallAsync&lt;int&gt;("add", [1, 2], context.CallOptions, context.CancellationToken)</c>.
/// </remarks>
public sealed class RpcContext : RpcCaller
{
    private readonly long _deadline;

    internal RpcContext(RpcConnection connection, string method, long deadline, CancellationToken cancellationToken)
    {
        _deadline = deadline;
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

    /// <summary>What the call has left of the time that its caller gives it; <see cref="Timeout.InfiniteTimeSpan"/> where the caller waits as long as it takes, zero when it is up.</summary>
    public TimeSpan TimeLeft
    {
        get
        {
            TimeSpan left = Connection.Deadlines.Until(_deadline);
            return left > TimeSpan.Zero || _deadline == long.MaxValue ? left : TimeSpan.Zero;
        }
    }

    /// <summary>
    /// For calls that the method makes to others than its caller: they wait as long as <see cref="TimeLeft"/> says, or as their own client says where the caller set no limit.
    /// </summary>
    public RpcCallOptions CallOptions => new() { Timeout = _deadline == long.MaxValue ? null : TimeLeft };

    internal override CancellationToken Lifetime => CancellationToken;

    internal override TimeProvider Time => Connection.Time;

    internal override ValueTask<T> InvokeAsync<T>(string method, CallArguments arguments, CallSettings settings, CancellationToken cancellationToken)
        => cancellationToken.CanBeCanceled && cancellationToken != CancellationToken
            ? InvokeLinkedAsync<T>(method, arguments.Positional.ToArray(), arguments.Named, WithinTimeLeft(settings), cancellationToken)
            : Connection.InvokeAsync<T>(method, arguments, WithinTimeLeft(settings), CancellationToken);

    internal override T InvokeBlocking<T>(string method, CallArguments arguments, CallSettings settings, CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled || cancellationToken == CancellationToken)
        {
            return Connection.InvokeBlocking<T>(method, arguments, WithinTimeLeft(settings), CancellationToken);
        }

        using var linked = CancellationTokenSource.CreateLinkedTokenSource(CancellationToken, cancellationToken);
        try
        {
            return Connection.InvokeBlocking<T>(method, arguments, WithinTimeLeft(settings), linked.Token);
        }
        catch (OperationCanceledException)
        {
            throw new OperationCanceledException(cancellationToken.IsCancellationRequested ? cancellationToken : CancellationToken);
        }
    }

    internal override ValueTask SendNotificationAsync(string method, CallArguments arguments, CancellationToken cancellationToken)
        => Connection.SendNotificationAsync(method, arguments, cancellationToken);

    private CallSettings WithinTimeLeft(CallSettings settings)
    {
        if (_deadline == long.MaxValue)
        {
            return settings;
        }

        TimeSpan left = TimeLeft;
        TimeSpan wanted = settings.Timeout ?? Connection.CallTimeout;
        return wanted == Timeout.InfiniteTimeSpan || wanted > left ? settings with { Timeout = left } : settings;
    }

    private async ValueTask<T> InvokeLinkedAsync<T>(
        string method, object?[] positional, object? named, CallSettings settings, CancellationToken cancellationToken)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(CancellationToken, cancellationToken);
        CallArguments arguments = named is null ? new CallArguments(positional) : new CallArguments(named);
        try
        {
            return await Connection.InvokeAsync<T>(method, arguments, settings, linked.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            throw new OperationCanceledException(cancellationToken.IsCancellationRequested ? cancellationToken : CancellationToken);
        }
    }
}
