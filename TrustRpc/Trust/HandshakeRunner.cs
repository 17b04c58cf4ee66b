namespace TrustRpc.Trust;

/// <summary>Pumps one role of the handshake over a stream, and puts the sealed stream on top of it as soon as there are keys.</summary>
internal sealed class HandshakeRunner(Handshake handshake, Stream inner, bool leaveInnerOpen, uint rekeyInterval)
{
    /// <summary>Runs it to its end.</summary>
    /// <returns>The bytes of the next layer: plain or sealed, surplus included.</returns>
    /// <exception cref="TrustException">It failed.</exception>
    public async Task<Stream> RunAsync(CancellationToken cancellationToken)
    {
        // Neither goes back to the pool after a failure: a read that was given up may still be writing into it.
        HandshakeInput input = new();
        Stream bytes = inner;
        try
        {
            while (true)
            {
                if (handshake.IsOutputSealed) bytes = Seal(bytes, input);
                await SendOutputAsync(bytes, cancellationToken).ConfigureAwait(false);
                if (handshake.Failure is { } failure) throw failure;
                if (handshake.IsComplete) break;
                if (handshake.Secrets is not null) bytes = Seal(bytes, input);
                await input.ReadFrameAsync(bytes, ahead: bytes == inner, handshake, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (IOException lost) when (handshake.Failure is null)
        {
            if (bytes != inner) bytes.Dispose();
            handshake.PeerLeft(lost);
            throw handshake.Failure!;
        }
        catch
        {
            if (bytes != inner) bytes.Dispose();
            throw;
        }

        if (!input.Surplus.IsEmpty) bytes = new SurplusStream(inner, input.Surplus.ToArray());
        input.Dispose();
        return bytes;
    }

    private async ValueTask SendOutputAsync(Stream bytes, CancellationToken cancellationToken)
    {
        if (handshake.Output.IsEmpty) return;
        await bytes.WriteAsync(handshake.Output, cancellationToken).ConfigureAwait(false);
        await bytes.FlushAsync(cancellationToken).ConfigureAwait(false);
        handshake.ClearOutput();
    }

    private Stream Seal(Stream bytes, HandshakeInput input)
    {
        if (bytes != inner) return bytes;
        SessionSecrets secrets = handshake.Secrets!;
        bool isClient = handshake is ClientHandshake;
        RecordCipher reading = new(secrets.Suite, isClient ? secrets.ServerToClient : secrets.ClientToServer);
        RecordCipher writing = new(secrets.Suite, isClient ? secrets.ClientToServer : secrets.ServerToClient);
        SealedInput sealedInput = new(new RecordOpener(reading), input.Surplus);
        input.ClearSurplus();
        return new SealedStream(inner, sealedInput, new RecordSealer(writing, rekeyInterval), leaveInnerOpen ? null : inner);
    }
}
