namespace TrustRpc.Trust;

/// <summary>Pumps one role of the handshake over a stream, and puts the sealed stream on top of it as soon as there are keys.</summary>
/// <remarks>It owns handshake and deadline; the streams are their owner's.</remarks>
internal sealed class HandshakeRunner(Handshake handshake, HandshakeDeadline deadline, Stream inner, Stream? dropped, uint rekeyInterval) : IDisposable
{
    private readonly Stream _inner = inner;
    private readonly HandshakeInput _input = new();

    /// <summary>The bytes of the next layer, plain or sealed, after the <see cref="TakeSurplus"/>.</summary>
    public Stream Bytes { get; private set; } = inner;

    public Agreement Agreement => handshake.Agreement!;

    /// <summary>Whether the handshake has succeeded and its deadline does not count any more.</summary>
    public bool IsOver { get; private set; }

    public bool HasSurplus => !_input.Surplus.IsEmpty;

    /// <summary>Runs it to its end.</summary>
    /// <param name="early">Whether that is where the peer is known and proven, and the rest is for <see cref="TryFinish"/>.</param>
    public async Task RunAsync(bool early)
    {
        CancellationToken cancellationToken = deadline.Token;
        while (true)
        {
            if (handshake.IsOutputSealed) Seal();
            await SendOutputAsync(cancellationToken).ConfigureAwait(false);
            if (handshake.Failure is { } failure) throw failure;
            if (handshake.Secrets is not null) Seal();
            if (handshake.IsComplete || (early && handshake.IsPeerProven)) break;
            handshake.WhileWaiting();
            while (!_input.TryTakeFrame(handshake))
                Arrived(await Bytes.ReadAsync(GetSpace(), cancellationToken).ConfigureAwait(false));
        }

        deadline.Unlink();
        if (handshake.IsComplete) End();
    }

    /// <summary>Takes frames that have arrived, where only such are missing; false where more bytes have to arrive first.</summary>
    public bool TryFinish()
    {
        if (IsOver) return true;
        while (!handshake.IsComplete)
        {
            if (!_input.TryTakeFrame(handshake)) return false;
            if (handshake.Failure is { } failure) throw failure;
        }

        End();
        return true;
    }

    public Memory<byte> GetSpace() => _input.GetSpace(ahead: Bytes == _inner);

    public void Arrived(int count) => _input.Arrived(count);

    public int TakeSurplus(Span<byte> destination) => _input.TakeSurplus(destination);

    /// <summary>What a failure on the way means. Nothing can be read or written any more.</summary>
    public Exception Fail(Exception failure)
    {
        if (failure is IOException lost && handshake.Failure is null) handshake.PeerLeft(lost);
        if (Bytes != _inner) Bytes.Dispose();
        Exception explained = deadline.Explain(failure is IOException ? handshake.Failure! : failure);
        deadline.Dispose();
        return explained;
    }

    public void Dispose()
    {
        // Not given back after a failure: a read that was given up may still be writing into it.
        if (IsOver) _input.Dispose();
        handshake.Dispose();
        deadline.Dispose();
    }

    private void End()
    {
        deadline.Meet();
        IsOver = true;
    }

    private async ValueTask SendOutputAsync(CancellationToken cancellationToken)
    {
        if (handshake.Output.IsEmpty) return;
        await Bytes.WriteAsync(handshake.Output, cancellationToken).ConfigureAwait(false);
        await Bytes.FlushAsync(cancellationToken).ConfigureAwait(false);
        handshake.ClearOutput();
    }

    private void Seal()
    {
        if (Bytes != _inner) return;
        SessionSecrets secrets = handshake.Secrets!;
        bool isClient = handshake is ClientHandshake;
        RecordCipher reading = new(secrets.Suite, isClient ? secrets.ServerToClient : secrets.ClientToServer);
        RecordCipher writing = new(secrets.Suite, isClient ? secrets.ClientToServer : secrets.ServerToClient);
        SealedInput sealedInput = new(new RecordOpener(reading), _input.Surplus);
        _input.ClearSurplus();
        Bytes = new SealedStream(_inner, sealedInput, new RecordSealer(writing, rekeyInterval), dropped);
    }
}
