using System.Buffers;
using System.Runtime.CompilerServices;

namespace TrustRpc.Trust;

/// <summary>A byte stream inside records over another byte stream. One reader and one writer at a time; disposing does not touch the inner stream.</summary>
internal sealed class SealedStream : ByteStream
{
    /// <summary>The most data of one record and one inner write: the peer opens the first part while the second is being sealed.</summary>
    private const int LargestPart = 16 * 1024;

    private readonly Stream _inner;
    private readonly SealedInput _input;
    private readonly RecordSealer _sealer;
    private readonly Stream? _dropped;
    private DirectionGate _reading;
    private DirectionGate _writing;
    private bool _isWritingOver;
    private volatile bool _isBroken;

    /// <param name="inner">Where the records travel.</param>
    /// <param name="input">Owned by the stream.</param>
    /// <param name="sealer">Owned by the stream.</param>
    /// <param name="dropped">What is disposed when a record does not open: the inner stream, or null where its owner does that.</param>
    public SealedStream(Stream inner, SealedInput input, RecordSealer sealer, Stream? dropped)
        => (_inner, _input, _sealer, _dropped) = (inner, input, sealer, dropped);

    public bool IsCloseReceived => _input.IsClosed;

    public bool IsHoldingMore => _input.IsHoldingMore;

    public override int Read(Span<byte> buffer)
    {
        _reading.Enter(this, "read");
        try
        {
            int read;
            while (!_input.TryRead(buffer, out read))
                _input.Arrived(_inner.Read(_input.GetSpace(buffer.Length).Span));
            return read;
        }
        catch (IOException)
        {
            Break();
            throw;
        }
        finally
        {
            if (_reading.Leave()) _input.Dispose();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _reading.Enter(this, "read");
        try
        {
            int read;
            while (!_input.TryRead(buffer.Span, out read))
                _input.Arrived(await _inner.ReadAsync(_input.GetSpace(buffer.Length), cancellationToken).ConfigureAwait(false));
            return read;
        }
        catch (IOException)
        {
            Break();
            throw;
        }
        finally
        {
            if (_reading.Leave()) _input.Dispose();
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        EnterWriting();
        try
        {
            while (!buffer.IsEmpty)
            {
                ReadOnlySpan<byte> part = buffer[..PartOf(buffer.Length)];
                byte[] records = ArrayPool<byte>.Shared.Rent(RecordSealer.LargestSize(part.Length));
                _inner.Write(records.AsSpan(0, _sealer.SealData(part, records)));
                ArrayPool<byte>.Shared.Return(records);
                buffer = buffer[part.Length..];
            }
        }
        catch
        {
            _isBroken = true;
            throw;
        }
        finally
        {
            if (_writing.Leave()) _sealer.Dispose();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        EnterWriting();
        try
        {
            while (!buffer.IsEmpty)
            {
                ReadOnlyMemory<byte> part = buffer[..PartOf(buffer.Length)];

                // Not given back after a failure: the inner stream may still be reading it.
                byte[] records = ArrayPool<byte>.Shared.Rent(RecordSealer.LargestSize(part.Length));
                int length = _sealer.SealData(part.Span, records);
                await _inner.WriteAsync(records.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
                ArrayPool<byte>.Shared.Return(records);
                buffer = buffer[part.Length..];
            }
        }
        catch
        {
            // Part of a record may have left: nothing that follows it could be opened.
            _isBroken = true;
            throw;
        }
        finally
        {
            if (_writing.Leave()) _sealer.Dispose();
        }
    }

    /// <summary>Sends the close record; the second call and later ones do nothing.</summary>
    public async ValueTask WriteCloseAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _writing.Enter(this, "write");
        try
        {
            if (_isWritingOver || _isBroken) return;
            _isWritingOver = true;
            byte[] records = new byte[2 * Records.Overhead];
            int length = _sealer.SealClose(records);
            await _inner.WriteAsync(records.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
            await _inner.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (_writing.Leave()) _sealer.Dispose();
        }
    }

    public override void Flush() => _inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => _inner.FlushAsync(cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            if (_reading.Close()) _input.Dispose();
            if (_writing.Close()) _sealer.Dispose();
        }

        base.Dispose(disposing);
    }

    // Equal parts: a small one at the end would cost as much as the others.
    private static int PartOf(int length)
    {
        int parts = (length + LargestPart - 1) / LargestPart;
        return (length + parts - 1) / parts;
    }

    private void EnterWriting()
    {
        _writing.Enter(this, "write");
        if (!_isBroken && !_isWritingOver) return;
        if (_writing.Leave()) _sealer.Dispose();
        throw _isWritingOver
            ? new InvalidOperationException("The close record has been sent: nothing can be written after it.")
            : new IOException("The sealed stream is broken: an earlier read or write failed.");
    }

    private void Break()
    {
        if (_isBroken) return;
        _isBroken = true;
        FailedStream.Drop(_dropped);
    }
}
