using TrustRpc.Connections;
using TrustRpc.Diagnostics;
using TrustRpc.Messages;

namespace TrustRpc.Hosting;

/// <summary>Raises a server's events. A handler that throws holds up neither the other handlers nor the server: it is reported.</summary>
internal sealed class ServerLife(object server) : ICallWatch
{
    private int _stopping;
    private readonly Lock _gate = new();
    private readonly AsyncLocal<Handling?> _handling = new();
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

    /// <summary>Whether this is done by a handler that the end of a connection or of the server waits for: where it waits for that end itself, both would wait for ever.</summary>
    public bool IsWaitedFor => _handling.Value is { IsOver: false };

    public void RaiseStarted() => Raise(Started, nameof(RpcServer.Started));

    public void RaiseStopping()
    {
        if (Interlocked.Exchange(ref _stopping, 1) == 0)
        {
            Raise(Stopping, nameof(RpcServer.Stopping));
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
        RaiseWaitedFor(Stopped, stopped, nameof(RpcServer.Stopped));
        try
        {
            await stopped.Waits.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            HandlerFailed("What was to be done when the server had stopped failed.", e);
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
        Raise(handlers, connecting, nameof(RpcServer.ClientConnecting));
        return connecting.Refusal;
    }

    public void RaiseConnected(RpcConnection connection)
    {
        if (Connected is { } handlers)
        {
            RaiseWaitedFor(handlers, new RpcClientConnectedEventArgs(connection), nameof(RpcServer.ClientConnected));
        }
    }

    public void RaiseDisconnected(RpcConnection connection, string reason)
    {
        if (Disconnected is { } handlers)
        {
            RaiseWaitedFor(handlers, new RpcClientDisconnectedEventArgs(connection, reason), nameof(RpcServer.ClientDisconnected));
        }
    }

    public void Completed(RpcPeer peer, string method, TimeSpan duration, RpcErrorCode code)
        => Raise(CallCompleted, new RpcCallCompletedEventArgs(peer, method, duration, code), nameof(RpcServer.CallCompleted));

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
                HandlerFailed($"A handler of {name} failed.", e);
            }
        }
    }

    private void RaiseWaitedFor<T>(EventHandler<T>? handlers, T args, string name)
    {
        Handling? outer = _handling.Value;
        Handling handling = new();
        _handling.Value = handling;
        try
        {
            Raise(handlers, args, name);
        }
        finally
        {
            handling.IsOver = true;
            _handling.Value = outer;
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
                HandlerFailed($"A handler of {name} failed.", e);
            }
        }
    }

    public void HandlerFailed(string message, Exception exception)
    {
        RpcEventSource.Log.HandlerFailed(message, ExceptionText.Whole(exception));
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
                RpcEventSource.Log.HandlerFailed("A handler of Error failed.", ExceptionText.Whole(e));
            }
        }
    }

    /// <summary>Handlers at work; what they begin and leave to itself sees that they have ended.</summary>
    private sealed class Handling
    {
        private volatile bool _isOver;

        public bool IsOver
        {
            get => _isOver;
            set => _isOver = value;
        }
    }
}
