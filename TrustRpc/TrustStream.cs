using System.Diagnostics.CodeAnalysis;
using TrustRpc.Hosting;
using TrustRpc.Trust;

namespace TrustRpc;

/// <summary>
/// A duplex byte stream to a peer that has proven to hold the same <see cref="TrustId"/>: what <see cref="System.Net.Security.SslStream"/> is with certificates,
/// this is with a shared secret. It can be used alone, for any protocol.
/// </summary>
/// <remarks>
/// <para>One read and one write may be under way at once, not more; each may be synchronous or asynchronous. Everything else may be used from any thread.</para>
/// <para>
/// The end of the stream: in plain mode a read returns 0 when the inner stream ends. In sealed mode it returns 0 after the peer's <see cref="ShutdownAsync"/>, and an inner
/// stream that ends without it is an <see cref="EndOfStreamException"/>, because then someone may have cut the connection. Bytes that were changed, lost or added on the way are an
/// <see cref="IOException"/>; the inner stream is disposed then, unless it is to be left open, and nothing more can be read or written.
/// </para>
/// <para>
/// A cancelled read loses nothing. A write that is cancelled or fails under way leaves a sealed stream that cannot be written to any more. Disposing it disposes the inner stream,
/// unless that is to be left open; it says nothing to the peer, so call <see cref="ShutdownAsync"/> before.
/// </para>
/// </remarks>
public sealed class TrustStream : Stream
{
    private readonly Stream _inner;
    private readonly Stream _bytes;
    private readonly SealedStream? _sealed;
    private readonly Agreement _agreement;
    private readonly bool _leaveInnerOpen;
    private StreamStart? _start;

    private TrustStream(Stream inner, HandshakeRunner runner, StreamStart? start, bool leaveInnerOpen)
    {
        (_inner, _bytes, _agreement, _start, _leaveInnerOpen) = (inner, runner.Bytes, runner.Agreement, start, leaveInnerOpen);
        _sealed = _bytes as SealedStream;
    }

    /// <summary>The client's id, or the server's name. Any holder of the secret can claim any id: it names, it grants nothing.</summary>
    public string PeerId => _agreement.PeerId;

    /// <summary>The peer's name for people.</summary>
    public string PeerName => _agreement.PeerName;

    /// <summary>The session, 32 hexadecimal digits: the same at both ends, for logs. It proves nothing.</summary>
    public string Session => _agreement.Session;

    /// <summary>Whether what follows the handshake is sealed.</summary>
    public HandshakeMode Mode => _agreement.Mode;

    /// <summary>The cipher of sealed mode; null in plain mode.</summary>
    public CipherSuite? Suite => _agreement.Suite;

    /// <summary>The largest body of a frame, in bytes, agreed for both directions. This layer does not enforce it.</summary>
    public int MaxFrameLength => _agreement.MaxFrame;

    /// <summary>Requests in flight that each side allows the other. This layer does not enforce it.</summary>
    public int MaxCalls => _agreement.MaxCalls;

    /// <summary>After how long without a byte a side asks whether the other is alive; zero = never. This layer does not enforce it.</summary>
    public TimeSpan KeepAlive => _agreement.KeepAlive;

    /// <summary>The <see cref="TrustId.Fingerprint"/> of the secret that fitted.</summary>
    public string TrustIdFingerprint => _agreement.Fingerprint;

    /// <summary>Whether the peer's close record has arrived; always false in plain mode.</summary>
    public bool CloseReceived => _sealed is { IsCloseReceived: true };

    /// <inheritdoc/>
    public override bool CanRead => _inner.CanRead;

    /// <inheritdoc/>
    public override bool CanWrite => _inner.CanWrite;

    /// <summary>Always false.</summary>
    public override bool CanSeek => false;

    /// <summary>Not supported.</summary>
    public override long Length => throw new NotSupportedException();

    /// <summary>Not supported.</summary>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    internal bool IsHoldingMore => _sealed is { IsHoldingMore: true };

    /// <summary>Connects to a <see cref="TrustListener"/>, over any transport, and has both ends prove themselves.</summary>
    /// <param name="endpoint">Its address.</param>
    /// <param name="options">Null = all defaults. What is about calls alone has no effect.</param>
    /// <param name="cancellationToken">Gives it up; has no effect afterwards.</param>
    /// <returns>The stream to the server, to be disposed by the caller.</returns>
    /// <exception cref="RpcConnectionException">Nobody listens there, or it cannot be reached.</exception>
    /// <exception cref="TrustException">There is no usable secret, or the server is not trusted; <see cref="TrustException.Failure"/> says why.</exception>
    /// <exception cref="ArgumentException">An option is out of its range; nothing was sent.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static Task<TrustStream> ConnectAsync(RpcEndpoint endpoint, RpcClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        options ??= new RpcClientOptions();
        return new Dialer(options, options.TrustId ?? TrustId.FromEnvironment()).OpenAsync(endpoint, cancellationToken);
    }

    /// <summary>Proves itself to the server at the other end and has it prove itself.</summary>
    /// <param name="stream">A duplex stream, at the beginning of a connection. It is disposed on any failure, unless it is to be left open.</param>
    /// <param name="options">Who this client is and what it allows.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>The stream to the server, which is known now; with <see cref="TrustClientOptions.CompleteEarly"/> the first read tells that the server has accepted this client.</returns>
    /// <exception cref="TrustException">The handshake failed: <see cref="TrustException.Failure"/> says why, as far as may be known.</exception>
    /// <exception cref="ArgumentException">An option is out of its range; nothing was sent and the stream was not touched.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static Task<TrustStream> AuthenticateAsClientAsync(Stream stream, TrustClientOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(options);
        ClientHandshake handshake = new(options.ToSettings(), options.Entropy);
        Stream? owned = options.LeaveInnerStreamOpen ? null : stream;
        HandshakeDeadline deadline = new(options.Timeout, options.TimeProvider, owned, cancellationToken);
        return AuthenticateAsync(stream, owned, new HandshakeRunner(handshake, deadline, stream, owned, options.RekeyInterval), early: options.CompleteEarly && owned is not null);
    }

    /// <summary>Has the client at the other end prove itself and proves itself to it.</summary>
    /// <param name="stream">A duplex stream, at the beginning of a connection. It is disposed on any failure, unless it is to be left open.</param>
    /// <param name="options">Who this server is and what it allows.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>The stream to the client, a fresh holder of the secret.</returns>
    /// <exception cref="TrustException">The handshake failed: <see cref="TrustException.Failure"/> says why. The client was told what it may know.</exception>
    /// <exception cref="ArgumentException">An option is out of its range; nothing was sent and the stream was not touched.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static Task<TrustStream> AuthenticateAsServerAsync(Stream stream, TrustServerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(options);
        ServerHandshake handshake = new(options.ToSettings(), options.Entropy);
        Stream? owned = options.LeaveInnerStreamOpen ? null : stream;
        HandshakeDeadline deadline = new(options.Timeout, options.TimeProvider, owned, cancellationToken) { IsDisposalEnough = options.IsEndedByDisposal && owned is not null };
        return AuthenticateAsync(stream, owned, new HandshakeRunner(handshake, deadline, stream, owned, options.RekeyInterval), early: false);
    }

    /// <summary>Says that nothing more will be written, in sealed mode with the close record, and flushes. The peer can still be read. Doing it twice does no harm.</summary>
    /// <param name="cancellationToken">Gives it up.</param>
    public ValueTask ShutdownAsync(CancellationToken cancellationToken = default)
        => _sealed is not null ? _sealed.WriteCloseAsync(cancellationToken) : new ValueTask(_inner.FlushAsync(cancellationToken));

    /// <summary>Reads what has arrived, waiting for at least one byte.</summary>
    /// <param name="buffer">Where to; empty = only wait until there is something.</param>
    /// <returns>How many bytes; 0 at the end of the stream.</returns>
    /// <exception cref="IOException">The connection is lost, or its bytes were tampered with.</exception>
    public override int Read(Span<byte> buffer) => (_start is null ? null : ReadStart(buffer)) ?? _bytes.Read(buffer);

    /// <inheritdoc cref="Read(Span{byte})"/>
    /// <param name="buffer">Where to; empty = only wait until there is something.</param>
    /// <param name="cancellationToken">Ends the wait; nothing is lost.</param>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        => _start is null ? _bytes.ReadAsync(buffer, cancellationToken) : ReadStart(_start, buffer, cancellationToken);

    /// <summary>Writes all of it. Each call is one write to the inner stream for up to 1 MiB, so gather what belongs together.</summary>
    /// <param name="buffer">What to write.</param>
    /// <exception cref="IOException">The connection is lost.</exception>
    public override void Write(ReadOnlySpan<byte> buffer) => _bytes.Write(buffer);

    /// <inheritdoc cref="Write(ReadOnlySpan{byte})"/>
    /// <param name="buffer">What to write; not changed before the returned task is complete.</param>
    /// <param name="cancellationToken">Gives it up; a sealed stream cannot be written to any more when part of it has left.</param>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _bytes.WriteAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Flushes the inner stream; this one holds nothing back.</summary>
    public override void Flush() => _inner.Flush();

    /// <summary>Flushes the inner stream; this one holds nothing back.</summary>
    /// <param name="cancellationToken">Gives it up.</param>
    public override Task FlushAsync(CancellationToken cancellationToken) => _inner.FlushAsync(cancellationToken);

    /// <summary>Not supported.</summary>
    /// <param name="offset">Not used.</param>
    /// <param name="origin">Not used.</param>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <summary>Not supported.</summary>
    /// <param name="value">Not used.</param>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        _start?.Dispose();
        _sealed?.Dispose();
        if (!_leaveInnerOpen) await _inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _start?.Dispose();
            _sealed?.Dispose();
            if (!_leaveInnerOpen) _inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private static async Task<TrustStream> AuthenticateAsync(Stream stream, Stream? owned, HandshakeRunner runner, bool early)
    {
        StreamStart? start = null;
        try
        {
            await runner.RunAsync(early).ConfigureAwait(false);
            if (!runner.IsOver || runner.HasSurplus) start = new StreamStart(runner, owned);
            return new TrustStream(stream, runner, start, leaveInnerOpen: owned is null);
        }
        catch (Exception e)
        {
            Exception failure = runner.Fail(e);
            await FailedStream.DropAsync(owned).ConfigureAwait(false);
            if (failure != e) throw failure;
            throw;
        }
        finally
        {
            if (start is null) runner.Dispose();
        }
    }

    private int? ReadStart(Span<byte> buffer)
    {
        int? read = _start!.Read(buffer);
        if (read is null) LeaveStart();
        return read;
    }

    private ValueTask<int> ReadStart(StreamStart start, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ValueTask<int?> reading = start.ReadAsync(buffer, cancellationToken);
        if (!reading.IsCompletedSuccessfully) return ReadStartAsync(reading, buffer, cancellationToken);
        if (reading.Result is { } read) return new ValueTask<int>(read);
        LeaveStart();
        return _bytes.ReadAsync(buffer, cancellationToken); // It may wait for hours: nothing waits with it.
    }

    private async ValueTask<int> ReadStartAsync(ValueTask<int?> reading, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (await reading.ConfigureAwait(false) is { } read) return read;
        LeaveStart();
        return await _bytes.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
    }

    private void LeaveStart()
    {
        _start?.Dispose();
        _start = null;
    }
}
