using TrustRpc.Framing;

namespace TrustRpc;

/// <summary>
/// Whole messages over a byte stream, without RPC: each is one frame, a length and that many bytes (<c>docs/PROTOCOL.md</c>, section 2). What the bytes mean is the
/// program's own matter; a peer that speaks the protocol's messages expects JSON.
/// </summary>
/// <remarks>One read at a time; any number of writes from any thread, one after the other. Disposing it disposes the byte stream.</remarks>
public sealed class FrameStream : IAsyncDisposable
{
    private readonly Stream _stream;
    private readonly FrameReader _reader;
    private readonly SemaphoreSlim _writing = new(1);

    /// <summary>Puts frames on the stream to a peer that has proven itself, with the limit that the handshake agreed on.</summary>
    /// <param name="stream">Owned by this object from here on.</param>
    public FrameStream(TrustStream stream)
        : this(stream, (stream ?? throw new ArgumentNullException(nameof(stream))).MaxFrameLength)
    {
    }

    /// <summary>Puts frames on any duplex byte stream.</summary>
    /// <param name="stream">Owned by this object from here on.</param>
    /// <param name="maxFrameLength">The largest message either way, in bytes: 1 to 16,777,215; both ends should have the same.</param>
    public FrameStream(Stream stream, int maxFrameLength)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxFrameLength, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxFrameLength, FrameHeader.LargestBody);
        _stream = stream;
        _reader = new FrameReader(stream, maxFrameLength);
        MaxFrameLength = maxFrameLength;
    }

    /// <summary>The largest message either way, in bytes.</summary>
    public int MaxFrameLength { get; }

    /// <summary>Reads the next message.</summary>
    /// <param name="cancellationToken">Ends the wait; nothing is lost, and the next read goes on where this one ended.</param>
    /// <returns>Its bytes, at least one; null where the stream has ended between two messages.</returns>
    /// <exception cref="EndOfStreamException">The stream has ended inside a message.</exception>
    /// <exception cref="IOException">The bytes are no frames, one is empty or over the limit, or the connection is lost. Nothing more can be read.</exception>
    public async ValueTask<byte[]?> ReadAsync(CancellationToken cancellationToken = default)
    {
        byte[]? message;
        while (!TryTake(out message))
        {
            int count = await _reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                return _reader.HasPartialFrame ? throw new EndOfStreamException("The stream has ended inside a frame.") : null;
            }

            _reader.Received(count);
        }

        return message;
    }

    /// <summary>Writes one message.</summary>
    /// <param name="message">1 to <see cref="MaxFrameLength"/> bytes.</param>
    /// <param name="cancellationToken">Gives up before the first byte; a message once begun is finished.</param>
    /// <returns>A task that completes when it is on its way.</returns>
    /// <exception cref="ArgumentOutOfRangeException">It is empty or over the limit; nothing was written.</exception>
    /// <exception cref="IOException">The connection is lost.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(message.Length, nameof(message));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(message.Length, MaxFrameLength, nameof(message));
        byte[] frame = new byte[FrameHeader.Size + message.Length];
        FrameHeader.Write(frame, FrameHeader.Json, message.Length);
        message.CopyTo(frame.AsMemory(FrameHeader.Size));
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await _stream.WriteAsync(frame, CancellationToken.None).ConfigureAwait(false);
            await _stream.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Disposes the byte stream.</summary>
    public async ValueTask DisposeAsync()
    {
        // The semaphore holds nothing of the system's, and a write under way still releases it.
        await _stream.DisposeAsync().ConfigureAwait(false);
    }

    private bool TryTake(out byte[]? message)
    {
        bool taken = _reader.TryTake(out ReadOnlySpan<byte> body);
        message = taken ? body.ToArray() : null;
        return taken;
    }
}
