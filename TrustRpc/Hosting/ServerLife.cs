using TrustRpc.Connections;
using TrustRpc.Diagnostics;

namespace TrustRpc.Hosting;

/// <summary>Raises a server's events. A handler that throws holds up neither the other handlers nor the server: it is reported.</summary>
internal sealed class ServerLife(object server) : ICallWatch
{
    private int _stopping;
    private readonly Lock _gate = new();
    private Task? _stopped;

    public event EventHandler? Started;

    public event EventHandler? Stopping;

    public event EventHandler<RpcServerStoppedEventArgs>? Stopped;

    public event EventHandler<RpcClientConnectingEventArgs>? Connecting;

    public event EventHandler<RpcClientConnectedEventArgs>? Connected;

    public event EventHandler<RpcClientDisconnectedEventArgs>? Disconnected;

    public event EventHandler<RpcCallCompletedEventArgs>? CallCompleted;

    public event EventHandler<RpcServerErrorEventArgs>? Error;

    public bool IsDisconnectedHeard => Disconnected is not null;

    public bool IsWatching => CallCompleted is not null;

    public void RaiseStarted() => Raise(Started, nameof(Started));

    public void RaiseStopping()
    {
        if (Interlocked.Exchange(ref _stopping, 1) == 0)
        {
            Raise(Stopping, nameof(Stopping));
        }
    }

    /// <summary>Completes when everything that the handlers asked to wait for has been done.</summary>
    public Task RaiseStoppedAsync()
    {
        lock (_gate)
        {
            return _stopped ??= Task.Run(RaiseAndWaitAsync);
        }
    }

    private async Task RaiseAndWaitAsync()
    {
        RpcServerStoppedEventArgs stopped = new();
        Raise(Stopped, stopped, nameof(Stopped));
        try
        {
            await stopped.Waits.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Report("What was to be done when the server had stopped failed.", e);
        }
    }

    /// <summary>Why a client is turned away; null = it is not.</summary>
    public TrustRefusal? RaiseConnecting(string id, string name)
    {
        if (Connecting is not { } handlers)
        {
            return null;
        }

        RpcClientConnectingEventArgs connecting = new(id, name);
        Raise(handlers, connecting, nameof(Connecting));
        return connecting.Refusal;
    }

    public void RaiseConnected(RpcConnection connection)
    {
        if (Connected is { } handlers)
        {
            Raise(handlers, new RpcClientConnectedEventArgs(connection), nameof(Connected));
        }
    }

    public void RaiseDisconnected(RpcConnection connection, string reason)
    {
        if (Disconnected is { } handlers)
        {
            Raise(handlers, new RpcClientDisconnectedEventArgs(connection, reason), nameof(Disconnected));
        }
    }

    public void Completed(RpcPeer peer, string method, TimeSpan duration, RpcErrorCode code)
        => Raise(CallCompleted, new RpcCallCompletedEventArgs(peer, method, duration, code), nameof(CallCompleted));

    public void FailedUnexpectedly(RpcPeer peer, string method, string errorId, Exception exception)
    {
        if (Error is not null)
        {
            Report(new RpcServerErrorEventArgs($"'{method}' failed unexpectedly for '{peer.Name}', error id {errorId}.", exception, peer, errorId));
        }
    }

    private void Raise(EventHandler? handlers, string name)
    {
        foreach (EventHandler handler in Delegate.EnumerateInvocationList(handlers))
        {
            try
            {
                handler(server, EventArgs.Empty);
            }
            catch (Exception e)
            {
                Report($"A handler of {name} failed.", e);
            }
        }
    }

    private void Raise<T>(EventHandler<T>? handlers, T args, string name)
    {
        foreach (EventHandler<T> handler in Delegate.EnumerateInvocationList(handlers))
        {
            try
            {
                handler(server, args);
            }
            catch (Exception e)
            {
                Report($"A handler of {name} failed.", e);
            }
        }
    }

    private void Report(string message, Exception exception)
    {
        RpcEventSource.Log.HandlerFailed(message, exception.ToString());
        Report(new RpcServerErrorEventArgs(message, exception, null, null));
    }

    private void Report(RpcServerErrorEventArgs error)
    {
        foreach (EventHandler<RpcServerErrorEventArgs> handler in Delegate.EnumerateInvocationList(Error))
        {
            try
            {
                handler(server, error);
            }
            catch (Exception e)
            {
                // Reporting it through the same handlers would go round in circles.
                RpcEventSource.Log.HandlerFailed("A handler of Error failed.", e.ToString());
            }
        }
    }
}
