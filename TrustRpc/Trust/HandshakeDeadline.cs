namespace TrustRpc.Trust;

/// <summary>Ends a handshake that takes too long or is given up, and tells the two apart.</summary>
internal sealed class HandshakeDeadline : IDisposable
{
    private readonly TimeSpan _timeout;
    private readonly CancellationToken _caller;
    private readonly CancellationTokenSource _ended;
    private readonly CancellationTokenRegistration _link;

    public HandshakeDeadline(TimeSpan timeout, TimeProvider timeProvider, CancellationToken caller)
    {
        (_timeout, _caller) = (timeout, caller);
        _ended = new CancellationTokenSource(timeout, timeProvider);
        _link = caller.UnsafeRegister(static ended => ((CancellationTokenSource)ended!).Cancel(), _ended);
    }

    /// <param name="runner">Runs the handshake.</param>
    /// <param name="owned">The stream, to be disposed on any failure; null = it is its owner's.</param>
    public async Task<Stream> RunAsync(HandshakeRunner runner, Stream? owned)
    {
        // Some streams don't heed a token; none survives being disposed.
        CancellationTokenRegistration abort = owned is null ? default : _ended.Token.UnsafeRegister(static stream => ((Stream)stream!).Dispose(), owned);
        try
        {
            Stream bytes = await runner.RunAsync(_ended.Token).ConfigureAwait(false);
            await abort.DisposeAsync().ConfigureAwait(false);
            _ended.Token.ThrowIfCancellationRequested();
            return bytes;
        }
        catch (Exception failure)
        {
            await abort.DisposeAsync().ConfigureAwait(false);
            if (owned is not null) await owned.DisposeAsync().ConfigureAwait(false);
            if (_caller.IsCancellationRequested) throw new OperationCanceledException("The handshake was given up.", failure, _caller);
            if (_ended.IsCancellationRequested)
                throw new TrustException(TrustFailure.TimedOut, $"The handshake timed out: it was not over after {_timeout.TotalSeconds:0.###} s.", failure);
            throw;
        }
    }

    public void Dispose()
    {
        _link.Dispose();
        _ended.Dispose();
    }
}
