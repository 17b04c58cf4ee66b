namespace TrustRpc.Tests.Support;

/// <summary>One end of a <see cref="DuplexPair"/>. Disposing it lets the peer read what was written, then the end; the peer's writes throw.</summary>
public sealed class DuplexStream : Stream
{
    private readonly BytePipe _input;
    private readonly BytePipe _output;

    internal DuplexStream(BytePipe input, BytePipe output) => (_input, _output) = (input, output);

    public bool IsDisposed { get; private set; }

    /// <summary>Bytes that have arrived and were not read yet.</summary>
    public int Available => _input.Count;

    /// <summary>How many writes this end has made.</summary>
    public int WriteCalls { get; private set; }

    /// <summary>How many bytes this end has written.</summary>
    public long BytesWritten { get; private set; }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Half-close: the peer reads the end after what was written; this end reads on.</summary>
    public void CompleteWriting() => _output.Complete();

    /// <summary>Whatever the other end writes does not arrive any more; not even that it has gone.</summary>
    public void Hold() => _input.Hold();

    /// <summary>What arrives here ends now.</summary>
    public void Cut() => _input.Cut();

    public void Break()
    {
        _input.Fail(new IOException("The pair was broken."));
        _output.Fail(new IOException("The pair was broken."));
    }

    /// <summary>What is written from now on fails; what is read goes on.</summary>
    public void BreakWriting() => _output.Fail(new IOException("Broken pipe"));

    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        return _input.Read(buffer);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        return _input.ReadAsync(buffer, cancellationToken);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        CountWrite(buffer.Length);
        _output.Write(buffer);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        CountWrite(buffer.Length);
        return _output.WriteAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !IsDisposed)
        {
            IsDisposed = true;
            _output.Complete();
            _input.Fail(new IOException("The stream was closed."));
        }

        base.Dispose(disposing);
    }

    private void CountWrite(int bytes)
    {
        WriteCalls++;
        BytesWritten += bytes;
    }
}
