using TrustRpc.Connections;
using TrustRpc.Messages;

namespace TrustRpc.Hosting;

/// <summary>
/// The calls of a client that reconnects: each goes to the current connection, waits where there is none, and is tried again only where it was not executed
/// or may be executed twice. Thread-safe.
/// </summary>
internal sealed class ReconnectingCalls(Reconnector connections, RpcReconnectOptions options, TimeSpan timeout, TimeProvider time)
{
    public ValueTask<T> InvokeAsync<T>(string method, CallArguments arguments, CallSettings settings, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(method);
        CallAttempts attempts = new(method, settings, timeout, time);
        if (connections.Current is { } connection)
        {
            try
            {
                ValueTask<T> attempt = connection.InvokeAsync<T>(method, arguments, settings, cancellationToken);
                return attempt.IsCompletedSuccessfully
                    ? attempt
                    : RetryingCall<T>.Watch(attempt, this, connection, attempts, arguments, cancellationToken);
            }
            catch (RpcException e) when (CallAttempts.MayGoOn(e, settings))
            {
                attempts.Failed(connection, e);
            }
        }

        return GoOnAsync<T>(attempts, new KeptArguments(arguments), cancellationToken);
    }

    public T InvokeBlocking<T>(string method, CallArguments arguments, CallSettings settings, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(method);
        CallAttempts attempts = new(method, settings, timeout, time);
        RpcConnection? connection = connections.Current;
        while (true)
        {
            if (connection is null)
            {
                WorkQueue.BeforeBlocking();
                connection = ConnectionAsync(attempts, cancellationToken, blocks: true).AsTask().GetAwaiter().GetResult();
            }

            try
            {
                return connection.InvokeBlocking<T>(method, arguments, attempts.Tried is null ? settings : attempts.Settings, cancellationToken);
            }
            catch (RpcException e) when (CallAttempts.MayGoOn(e, settings))
            {
                attempts.Failed(connection, e);
                connection = null;
            }
            catch (RpcCallException e) when (attempts.HidesAttempt(e))
            {
                throw attempts.TimedOut(e);
            }
        }
    }

    /// <summary>A notification waits for a connection as calls do; one that was handed to a connection is not sent again.</summary>
    public ValueTask SendNotificationAsync(string method, CallArguments arguments, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(method);
        CallAttempts attempts = new(method, default, timeout, time);
        if (connections.Current is { } connection)
        {
            try
            {
                return connection.SendNotificationAsync(method, arguments, cancellationToken);
            }
            catch (RpcConnectionException e)
            {
                attempts.Failed(connection, e);
            }
        }

        return NotifyLaterAsync(attempts, new KeptArguments(arguments), cancellationToken);
    }

    /// <summary>The attempts after one that failed, or after there was no connection for the first.</summary>
    public async ValueTask<T> GoOnAsync<T>(CallAttempts attempts, KeptArguments arguments, CancellationToken cancellationToken)
    {
        while (true)
        {
            RpcConnection connection = await ConnectionAsync(attempts, cancellationToken).ConfigureAwait(false);
            try
            {
                return await connection.InvokeAsync<T>(attempts.Method, arguments.Arguments, attempts.Settings, cancellationToken).ConfigureAwait(false);
            }
            catch (RpcException e) when (attempts.MayGoOn(e))
            {
                attempts.Failed(connection, e);
            }
            catch (RpcCallException e) when (attempts.HidesAttempt(e))
            {
                throw attempts.TimedOut(e);
            }
        }
    }

    /// <summary>The connection for the next attempt; waits for it as long as the call may, and blocks the calling thread where it may do that.</summary>
    public async ValueTask<RpcConnection> ConnectionAsync(CallAttempts attempts, CancellationToken cancellationToken, bool blocks = false)
    {
        bool isTriedUsable = attempts.Refusals > 0 && await PauseAsync(attempts, blocks, cancellationToken).ConfigureAwait(false);
        Task<RpcConnection?> connecting = connections.WhenConnected(isTriedUsable ? null : attempts.Tried);
        if (!connecting.IsCompleted && options.FailCallsMeanwhile)
        {
            throw attempts.NoConnection($"the client is reconnecting, because {connections.Reason}");
        }

        RpcConnection? connection = await InTimeAsync(connecting, attempts, blocks, cancellationToken).ConfigureAwait(false)
            ? await connecting.ConfigureAwait(false)
            : throw attempts.TimedOut(connections.Reason);
        return connection ?? throw attempts.NoConnection($"the client is closed, because {connections.Reason}");
    }

    // A server that is unavailable usually ends the connection; one that goes on with it is given time. True = it goes on.
    private async ValueTask<bool> PauseAsync(CallAttempts attempts, bool blocks, CancellationToken cancellationToken)
    {
        BackOff backOff = new(options);
        TimeSpan pause = TimeSpan.Zero;
        for (int i = 0; i <= attempts.Refusals; i++)
        {
            pause = backOff.Next();
        }

        if (!attempts.HasTimeFor(pause))
        {
            throw attempts.LastError;
        }

        return !await EndsWithinAsync(attempts.Tried!.NoMoreCalls, pause, blocks, cancellationToken).ConfigureAwait(false);
    }

    // False = the call's time was up first.
    private async ValueTask<bool> InTimeAsync(Task task, CallAttempts attempts, bool blocks, CancellationToken cancellationToken)
    {
        TimeSpan left = attempts.TimeLeft;
        return task.IsCompleted || left == TimeSpan.Zero
            ? left != TimeSpan.Zero
            : await EndsWithinAsync(task, left.TotalMilliseconds < int.MaxValue ? left : Timeout.InfiniteTimeSpan, blocks, cancellationToken).ConfigureAwait(false);
    }

    // One that blocks does so by the system's clock itself: a timer's callback would need a thread of the pool, and so would whatever goes on behind the task.
    private async ValueTask<bool> EndsWithinAsync(Task task, TimeSpan wait, bool blocks, CancellationToken cancellationToken)
    {
        if (blocks && time == TimeProvider.System)
        {
            return task.Wait(wait, cancellationToken);
        }

        try
        {
            await task.WaitAsync(wait, time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private async ValueTask NotifyLaterAsync(CallAttempts attempts, KeptArguments arguments, CancellationToken cancellationToken)
    {
        while (true)
        {
            RpcConnection connection = await ConnectionAsync(attempts, cancellationToken).ConfigureAwait(false);
            try
            {
                await connection.SendNotificationAsync(attempts.Method, arguments.Arguments, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (RpcConnectionException e)
            {
                attempts.Failed(connection, e);
            }
        }
    }
}
