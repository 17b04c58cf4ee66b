using TrustRpc.Connections;
using TrustRpc.Trust;

namespace TrustRpc.Tests.Support;

/// <summary>One end of a <see cref="DuplexPair"/> as it is when the handshake is over, without the handshake: plain, or sealed under keys that both ends know.</summary>
internal sealed class ProvenLink : IConnectionLink
{
    private static readonly byte[] s_toServer = [.. Enumerable.Repeat((byte)1, 32)];
    private static readonly byte[] s_toClient = [.. Enumerable.Repeat((byte)2, 32)];

    private readonly DuplexStream _end;
    private readonly Stream _bytes;
    private readonly SealedStream? _sealed;

    /// <param name="mode">Plain or sealed.</param>
    /// <param name="isClient">Which of the two ends.</param>
    /// <param name="end">The end, for closing one direction.</param>
    /// <param name="bytes">The end, or what is wrapped around it.</param>
    public ProvenLink(HandshakeMode mode, bool isClient, DuplexStream end, Stream bytes)
    {
        (_end, _bytes) = (end, bytes);
        if (mode == HandshakeMode.Sealed)
        {
            RecordCipher reading = new(CipherSuite.Aes256Gcm, isClient ? s_toClient : s_toServer);
            RecordCipher writing = new(CipherSuite.Aes256Gcm, isClient ? s_toServer : s_toClient);
            _sealed = new SealedStream(bytes, new SealedInput(new RecordOpener(reading), []), new RecordSealer(writing, Records.RekeyInterval), bytes);
        }
    }

    public Stream Stream => _sealed ?? _bytes;

    public Func<TimeSpan, TimeSpan>? Patience { get; set; }

    public async ValueTask EndWritingAsync()
    {
        if (_sealed is not null)
        {
            await _sealed.WriteCloseAsync(CancellationToken.None);
        }

        _end.CompleteWriting();
    }

    public void Abort() => _bytes.Dispose();

    public async ValueTask DisposeAsync()
    {
        if (_sealed is not null)
        {
            await _sealed.DisposeAsync();
        }

        await _bytes.DisposeAsync();
    }
}
