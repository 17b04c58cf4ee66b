namespace TrustRpc.Connections;

/// <summary>How far a connection has come: open, about to end because one of the two sides has said so, or ended. The first reason for the end stands. Thread-safe.</summary>
internal sealed class ConnectionStage(string peer)
{
    private static readonly Action Told = static () => { };

    private LazyCompletion<string> _noMoreCalls = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Action? _tell;
    private ConnectionEnd? _end;
    private string? _peerGoesAway;
    private int _goingAway;

    /// <summary>True until it has ended or one of the two sides has said that it will.</summary>
    public bool IsOpen => Volatile.Read(ref _end) is null && Volatile.Read(ref _goingAway) == 0 && Volatile.Read(ref _peerGoesAway) is null;

    public bool HasEnded => Volatile.Read(ref _end) is not null;

    /// <summary>Whether this side has said that it will end it.</summary>
    public bool IsGoingAway => Volatile.Read(ref _goingAway) != 0;

    /// <summary>Why the peer goes away; null = it has not said that it does.</summary>
    public string? PeerGoesAway => Volatile.Read(ref _peerGoesAway);

    /// <summary>Whether the peer has said that this side is not to connect again by itself; certain once <see cref="NoMoreCalls"/> has completed.</summary>
    public bool IsDismissed { get; private set; }

    /// <summary>Completes, with the reason, as soon as <see cref="TakeNoMoreCalls"/> has been called.</summary>
    public Task<string> NoMoreCalls => _noMoreCalls.Task;

    public void TakeNoMoreCalls(string reason)
    {
        _noMoreCalls.TrySetResult(reason);
        Interlocked.Exchange(ref _tell, Told)?.Invoke();
    }

    /// <summary>Has that told to one, who must not block, as soon as <see cref="NoMoreCalls"/> has completed; at once, where it has.</summary>
    public void OnNoMoreCalls(Action tell)
    {
        if (Interlocked.CompareExchange(ref _tell, tell, null) is not null)
        {
            tell();
        }
    }

    /// <summary>This side says that it will end it: true for the first who does, where it has not ended.</summary>
    public bool TryGoAway() => Interlocked.Exchange(ref _goingAway, 1) == 0 && !HasEnded;

    /// <summary>The peer says that it will end it: true where it has not said so before.</summary>
    public bool TryPeerGoesAway(string reason, bool forGood)
    {
        bool first = Interlocked.CompareExchange(ref _peerGoesAway, reason, null) is null;
        IsDismissed |= first && forGood;
        return first;
    }

    /// <summary>It ends: true for the first reason.</summary>
    public bool TryEnd(ConnectionEnd end) => Interlocked.CompareExchange(ref _end, end, null) is null;

    /// <exception cref="RpcConnectionException">No new call can be made.</exception>
    public void ThrowIfNotOpen()
    {
        if (Volatile.Read(ref _end) is { } end)
        {
            throw new RpcConnectionException($"The connection to '{peer}' is closed: {end.Reason}.", end.Cause);
        }

        if (!IsOpen)
        {
            throw new RpcConnectionException($"The connection to '{peer}' is closing ({_peerGoesAway ?? "this side closes it"}); the call was not sent.");
        }
    }
}
