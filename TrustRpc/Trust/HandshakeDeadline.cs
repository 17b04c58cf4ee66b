namespace TrustRpc.Trust;

/// <summary>Ends a handshake that takes too long or is given up, and tells the two apart.</summary>
internal sealed class HandshakeDeadline : IDisposable
{
    private readonly TimeSpan _timeout;
    private readonly CancellationTokenSource _ended;
    private readonly CancellationTokenRegistration _abort;
    private readonly CancellationTokenRegistration _link;
    private CancellationToken _caller;

    /// <param name="timeout">Until <see cref="Meet"/>.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="owned">The stream, to be disposed at the end: some don't heed a token, none survives that. Null = it is its owner's.</param>
    /// <param name="caller">Gives the handshake up, until <see cref="Unlink"/>.</param>
    public HandshakeDeadline(TimeSpan timeout, TimeProvider timeProvider, Stream? owned, CancellationToken caller)
    {
        (_timeout, _caller) = (timeout, caller);
        _ended = new CancellationTokenSource(timeout, timeProvider);
        _abort = owned is null ? default : _ended.Token.UnsafeRegister(static stream => FailedStream.Drop((Stream)stream!), owned);
        _link = caller.UnsafeRegister(static ended => ((CancellationTokenSource)ended!).Cancel(), _ended);
    }

    /// <summary>Whether disposal of the stream ends its reads and writes, so that these need no token.</summary>
    public bool IsDisposalEnough { get; init; }

    /// <summary>For the reads and writes of the handshake.</summary>
    public CancellationToken Token => IsDisposalEnough ? CancellationToken.None : _ended.Token;

    /// <summary>From here on time alone ends it: the caller has what it asked for.</summary>
    /// <exception cref="OperationCanceledException">It is over already.</exception>
    public void Unlink()
    {
        _link.Dispose();
        _ended.Token.ThrowIfCancellationRequested();
        _caller = CancellationToken.None;
    }

    /// <summary>Nothing ends it any more.</summary>
    /// <exception cref="OperationCanceledException">It is over already.</exception>
    public void Meet()
    {
        _link.Dispose();
        _abort.Dispose();
        _ended.Token.ThrowIfCancellationRequested();
    }

    /// <summary>What a failure is really about.</summary>
    public Exception Explain(Exception failure)
    {
        if (!_ended.IsCancellationRequested) return failure;
        return _caller.IsCancellationRequested
            ? new OperationCanceledException("The handshake was given up.", failure, _caller)
            : new TrustException(TrustFailure.TimedOut, $"The handshake timed out: it was not over after {_timeout.TotalSeconds:0.##} s.", failure);
    }

    public void Dispose()
    {
        _link.Dispose();
        _abort.Dispose();
        _ended.Dispose();
    }
}
