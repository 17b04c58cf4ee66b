using TrustRpc.Messages;

namespace TrustRpc.Hosting;

/// <summary>A call of a reconnecting client over all its attempts: what it may still do, and what is to be said when it fails in the end.</summary>
internal struct CallAttempts(string method, CallSettings settings, TimeSpan clientTimeout, TimeProvider time)
{
    private readonly TimeSpan _timeout = settings.Timeout ?? clientTimeout;
    private readonly long _started = time.GetTimestamp();
    private RpcException? _lastError;
    private bool _mayHaveRun;

    public readonly string Method => method;

    /// <summary>The connection of the last attempt; null = there was none yet.</summary>
    public RpcConnection? Tried { get; private set; }

    /// <summary>How often a server has said that it is unavailable.</summary>
    public int Refusals { get; private set; }

    /// <summary>What is left of the call's time; infinite where there is no limit.</summary>
    public readonly TimeSpan TimeLeft => _timeout == Timeout.InfiniteTimeSpan ? _timeout : TimeSpan.FromTicks(Math.Max(0, (_timeout - time.GetElapsedTime(_started)).Ticks));

    /// <summary>What the next attempt says.</summary>
    public readonly CallSettings Settings => settings with { Timeout = TimeLeft };

    /// <summary>Whether the call may be tried again after this: it was not executed, or may be executed twice, and nothing of its arguments is used up.</summary>
    public static bool MayGoOn(RpcException e, CallSettings settings) => !e.HasBegunSequence && e switch
    {
        RpcConnectionException lost => !lost.MayHaveBeenExecuted || settings.Idempotent,
        RpcCallException => e.Code == RpcErrorCode.Unavailable,
        _ => false,
    };

    public readonly bool MayGoOn(RpcException e) => MayGoOn(e, settings);

    /// <summary>Remembers an attempt that failed.</summary>
    public void Failed(RpcConnection connection, RpcException e)
    {
        Tried = connection;
        _lastError = e;
        Refusals += e is RpcCallException ? 1 : 0;
        _mayHaveRun |= e is RpcConnectionException { MayHaveBeenExecuted: true };
    }

    /// <summary>Whether so long a pause leaves time for another attempt.</summary>
    public readonly bool HasTimeFor(TimeSpan pause) => TimeLeft == Timeout.InfiniteTimeSpan || TimeLeft > pause;

    /// <summary>What the last attempt brought, for want of time for another.</summary>
    public readonly RpcException LastError => _lastError!;

    /// <summary>Whether an error that ends the call says too little, because of what was tried before.</summary>
    public readonly bool HidesAttempt(RpcCallException e) => _mayHaveRun && e.Code == RpcErrorCode.DeadlineExceeded;

    public readonly RpcCallException TimedOut(RpcCallException e)
        => new(RpcErrorCode.DeadlineExceeded, $"{e.Message} {Consequence}", e.InnerException);

    public readonly RpcCallException TimedOut(string why)
    {
        string message = $"The time for '{method}' was up while there was no connection, because {why} {Consequence}";
        return new RpcCallException(RpcErrorCode.DeadlineExceeded, message, new TimeoutException(message));
    }

    public readonly RpcConnectionException NoConnection(string what)
        => new($"'{method}' was not answered: {what} {Consequence}", mayHaveBeenExecuted: _mayHaveRun);

    private readonly string Consequence => _mayHaveRun ? "An earlier attempt may have been executed." : "It was not executed.";
}
