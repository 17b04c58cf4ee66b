namespace TrustRpc.Trust;

/// <summary>
/// What a reader meets before the bytes of its stream: the server's welcome, where the client has not waited for it, and what arrived together with the last
/// of the handshake. One reader at a time.
/// </summary>
/// <param name="runner">Owned; the peer is proven.</param>
/// <param name="dropped">What is disposed where the welcome is not what it must be: the inner stream, or null where its owner does that.</param>
internal sealed class StreamStart(HandshakeRunner runner, Stream? dropped) : IDisposable
{
    private DirectionGate _reading;
    private Exception? _failure;
    private volatile bool _isDisposed;

    /// <summary>Takes what comes before the stream's own bytes; null = there is nothing more of it.</summary>
    /// <exception cref="TrustException">The handshake has failed after all.</exception>
    public int? Read(Span<byte> buffer)
    {
        _reading.Enter(this, "read");
        try
        {
            if (_failure is not null) throw _failure;
            while (!runner.TryFinish())
                runner.Arrived(runner.Bytes.Read(runner.GetSpace().Span));
            return TakeSurplus(buffer);
        }
        catch (Exception failure) when (IsEnd(failure))
        {
            throw _failure!;
        }
        finally
        {
            if (_reading.Leave()) runner.Dispose();
        }
    }

    /// <inheritdoc cref="Read"/>
    public async ValueTask<int?> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _reading.Enter(this, "read");
        try
        {
            if (_failure is not null) throw _failure;
            while (!runner.TryFinish())
                runner.Arrived(await runner.Bytes.ReadAsync(runner.GetSpace(), cancellationToken).ConfigureAwait(false));
            return TakeSurplus(buffer.Span);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested && IsEnd(failure))
        {
            throw _failure!;
        }
        finally
        {
            if (_reading.Leave()) runner.Dispose();
        }
    }

    public void Dispose()
    {
        _isDisposed = true;
        if (_reading.Close()) runner.Dispose();
    }

    private int? TakeSurplus(Span<byte> buffer) => runner.HasSurplus ? runner.TakeSurplus(buffer) : null;

    private bool IsEnd(Exception failure)
    {
        if (_isDisposed || _failure is not null) return false;
        _failure = runner.Fail(failure);
        FailedStream.Drop(dropped);
        return true;
    }
}
